"""with-pyroute2.py add|replace LIST: carries out the list of bench/limit.c as pyroute2's own examples do, a call for each line."""

import sys
from pyroute2 import IPRoute

verb, path = sys.argv[1:]
CONF = {'1': 'forwarding', '3': 'proxy_arp', '4': 'accept_redirects', '6': 'send_redirects', '25': 'proxy_arp_pvlan'}


def write(name, value):
    with open(f'/proc/sys/{name}', 'w') as file:
        file.write(value)


with IPRoute() as ip, open(path) as lines:
    links = {link.get_attr('IFLA_IFNAME'): link['index'] for link in ip.get_links()}
    for kind, name, *words in map(str.split, lines):
        if kind == 'file':
            write(name, words[0])
        elif kind == 'delay':
            write(f'net/ipv4/neigh/{name}/proxy_delay', str(int(words[0]) // 10))
        elif kind == 'conf':
            for key, value in zip(words[::2], words[1::2]):
                write(f'net/ipv4/conf/{name}/{CONF[key]}', value)
        elif kind == 'address':
            address, length, scope = words
            ip.addr(verb, index=links[name], address=address, prefixlen=int(length), scope=int(scope))
        elif kind == 'route':
            address, length, source = words
            ip.route(verb, dst=f'{address}/{length}', oif=links[name], prefsrc=source, proto=97, scope=253)
        elif kind == 'proxy':
            # NTF_PROXY; NDA_PROTOCOL is no attribute of pyroute2's.
            ip.neigh(verb, dst=words[0], ifindex=links[name], flags=0x08, state='permanent')
