// Bugs in the writing: what they do while a profile is put in force.
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { programPath } from '../../src/lab/child-process.ts';
import { EDGE, ROUTES } from '../support/plain-profiles.ts';
import { QUIET } from '../support/stopping.ts';
import type { Exhibit, Scenario } from './exhibit.ts';
import { Scene, TO } from './scene.ts';

/** A route of somebody else's appears right before parp writes its own to the same place. */
const foreignRouteOnTheWay: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const act = `run: ip route add ${TO}/32 dev eth0 proto static`;
  const { exitCode } = await scene.run(['apply', net.profile('routes.yaml', ROUTES)], { at: 'journal.opened', act });
  const routes = await scene.routesTo(TO);
  scene.check(
    routes.some((route) => route['dev'] === 'eth0' && route['protocol'] === 'static'),
    "somebody else's route is gone",
  );
  const isApplied = routes.some((route) => route['dev'] === 'eth1');
  scene.check(exitCode !== 0 || isApplied, 'it ended with 0, and had taken everything back');
  return scene.harms;
};

/** A daemon that keeps the routing table clean deletes the route as soon as it is there. */
const routeSwept: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const { exitCode } = await scene.run(['apply', net.profile('routes.yaml', ROUTES)], {
    at: 'execute.written',
    act: `run: ip route del ${TO}/32`,
  });
  const routes = await scene.routesTo(TO);
  scene.check(exitCode !== 0 || routes.length > 0, 'it ended with 0, and the route is not there');
  return scene.harms;
};

/** An interface with a dot in its name, as VLANs have it. */
const dottedName: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await net.ip('router', 'link add eth1.7 type veth peer name port7');
  const profile = 'version: 1\nkind: custom\nname: vlan\nsysctl: { net/ipv4/conf/eth1.7/proxy_arp: 1 }\n';
  const { exitCode } = await scene.run(['apply', net.profile('vlan.yaml', profile)]);
  const value = await net.sysctl('router', 'net/ipv4/conf/eth1.7/proxy_arp');
  scene.check(exitCode === 0 && value === '1', `it ended with ${exitCode}, and proxy_arp of eth1.7 is ${value}`);
  return scene.harms;
};

/** The kernel's memory is short, and it kills each `ip` while that reads. */
const helperKilled: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('routes.yaml', ROUTES)]);
  const dying = `${net.lab.folder}/ip`;
  writeFileSync(dying, '#!/bin/sh\nkill -KILL $$\n');
  chmodSync(dying, 0o755);
  const { exitCode } = await scene.runBehind(`mount --bind ${dying} ${realpathSync(programPath('ip'))}`, ['remove', 'routes']);
  const routes = await scene.routesTo(TO);
  scene.check(exitCode !== 0 || routes.length === 0, 'remove ended with 0, and the route is still there');
  return scene.harms;
};

/** Somebody else's firewall is in nftables as well. */
const foreignFirewall: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await net.run('router', ['nft', 'add', 'table', 'inet', 'firewall']);
  await scene.must(['apply', net.profile('edge.yaml', EDGE), ...QUIET]);
  const { stdout } = await net.run('router', ['nft', 'list', 'tables']);
  scene.check(stdout.includes('table inet firewall'), "the firewall's table is gone");
  return scene.harms;
};

/** PATH, as somebody's shell has it, begins with a folder that holds an `ip`. */
const helperInPath: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const folder = `${net.lab.folder}/bin`;
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(`${folder}/ip`, `#!/bin/sh\ntouch ${net.lab.folder}/was-run\nexec ${programPath('ip')} "$@"\n`);
  chmodSync(`${folder}/ip`, 0o755);
  await scene.run(['apply', net.profile('routes.yaml', ROUTES)], undefined, { env: { PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin` } });
  scene.check(!existsSync(`${net.lab.folder}/was-run`), 'an ip that lay in PATH was run as root');
  return scene.harms;
};

/** ^C between two writes. */
const interrupted: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const before = await scene.snapshot();
  const profile = `version: 1\nkind: custom\nname: two\nsysctl: { net/ipv4/conf/eth1/rp_filter: 1 }\nroutes: [{ to: ${TO}/32, interface: eth1 }]\n`;
  const { exitCode } = await scene.run(['apply', net.profile('two.yaml', profile)], { at: 'operation.written', act: 'SIGINT' });
  scene.check(exitCode === 130, `it ended with ${exitCode}, not 130`);
  await scene.checkAsBefore(before, '^C left a half behind');
  return scene.harms;
};

export const WRITING: readonly Exhibit[] = [
  {
    bug: 'replaces a route that somebody else added',
    tools: 'shell scripts, VPN clients',
    story: '`ip route replace` is what they write because `add` fails when they run twice; whose route stood there, nobody asks',
    edits: [
      {
        file: 'render/argv.ts',
        from: "return ['ip', 'route', 'add', ...routeWords",
        to: "return ['ip', 'route', 'replace', ...routeWords",
      },
    ],
    scenario: foreignRouteOnTheWay,
    harm: "somebody else's route is gone",
  },
  {
    bug: 'ends with 0 after it had to take everything back',
    tools: 'wrappers and deployment scripts',
    story: '`change || restore` gives the exit code of the restoring, which went well, and the deployment goes on',
    edits: [{ file: 'cli/outcome.ts', from: 'return EXIT[outcome.kind];', to: 'return EXIT.done;' }],
    scenario: foreignRouteOnTheWay,
    harm: 'it ended with 0, and had taken everything back',
  },
  {
    bug: 'takes the exit codes of its helpers for the state of the kernel',
    tools: 'scripts, beside daemons that own the routing table',
    story:
      'systemd-networkd deletes routes and rules that it did not make (ManageForeignRoutes=, on by default): NetBird lost its rules so (netbird issue 4578)',
    edits: [{ file: 'engine/execute.ts', from: 'if (rest.length > 0) throw new NotVerified(rest);', to: '' }],
    scenario: routeSwept,
    harm: 'it ended with 0, and the route is not there',
  },
  {
    bug: 'cuts eth1.7 at its dot, and passes over the file that is then not there',
    tools: 'ifupdown hooks and sysctl.d files for VLANs',
    story:
      'in `sysctl -e -w net.ipv4.conf.eth0.100.proxy_arp=1` each dot is a slash, and -e is silent about conf/eth0/100; sysctl.d(5) has a rule of its own for such names',
    edits: [
      {
        file: 'host/sysctl-files.ts',
        from: 'const descriptor = openSync(ROOT + path,',
        to: "const descriptor = openSync(ROOT + path.replaceAll('.', '/'),",
      },
      { file: 'host/sysctl-files.ts', from: "return { ok: false, errno: errnoOf(error) ?? 'EIO' };", to: 'return { ok: true };' },
      { file: 'engine/execute.ts', from: 'if (rest.length > 0) throw new NotVerified(rest);', to: '' },
    ],
    scenario: dottedName,
    harm: 'it ended with 0, and proxy_arp of eth1.7 is 0',
  },
  {
    bug: 'takes a helper that a signal ended for one that went well',
    tools: 'programs in Node and Python that start others',
    story: 'the exit code is null, or below 0, after a signal: cross-env ended with 0 when memory was short (cross-env issue 150)',
    edits: [
      { file: 'host/run-helper.ts', from: 'if (result.signal !== undefined) {', to: 'if (false) {' },
      { file: 'host/run-helper.ts', from: 'if (result.exitCode === undefined) {', to: 'if ((result.exitCode ?? 0) < 0) {' },
      { file: 'host/run-helper.ts', from: 'return { exitCode: result.exitCode,', to: 'return { exitCode: result.exitCode ?? 0,' },
    ],
    scenario: helperKilled,
    harm: 'remove ended with 0, and the route is still there',
  },
  {
    bug: 'flushes the whole ruleset to write a table of its own',
    tools: 'nftables.service and firewall scripts',
    story:
      "the usual /etc/nftables.conf begins with `flush ruleset`: each reload takes Docker's tables along, and the containers lose their network (ipr-cnrs/nftables issue 70)",
    edits: [
      {
        file: 'render/nft.ts',
        from: 'const lines = [`add table ip ${name}`, `delete table ip ${name}`, ',
        to: "const lines = ['flush ruleset', ",
      },
    ],
    scenario: foreignFirewall,
    harm: "the firewall's table is gone",
  },
  {
    bug: 'finds its helpers through PATH',
    tools: 'scripts for root',
    story: 'what `sudo -E` or a cron table has for PATH decides which `ip` root runs (CWE-426)',
    edits: [
      {
        file: 'host/find-program.ts',
        from: 'folders: readonly string[] = SYSTEM_FOLDERS): string {',
        to: "folders: readonly string[] = (process.env['PATH'] ?? '').split(':')): string {",
      },
    ],
    scenario: helperInPath,
    harm: 'an ip that lay in PATH was run as root',
  },
  {
    bug: 'ends at once on ^C, with half of its changes made',
    tools: 'shell scripts without a trap',
    story: 'whoever sees that it goes wrong presses ^C, and has neither the old state nor the new one',
    edits: [{ file: 'cli/writer.ts', from: 'controller.abort();', to: 'process.exit(code);' }],
    scenario: interrupted,
    harm: '^C left a half behind',
  },
];
