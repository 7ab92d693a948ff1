// Imported for what it does: parp works with the iproute2 engine in every network of the file, whose faults are those of `ip`, `nft` and their files.
process.env['PARP_ENGINE'] = 'iproute2';
