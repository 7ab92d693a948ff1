// Bugs in the way back: what they do when a profile is removed, or a change is taken back.
import { ROUTES } from '../support/plain-profiles.ts';
import { QUIET } from '../support/stopping.ts';
import type { Exhibit, Scenario } from './exhibit.ts';
import { Scene, TO } from './scene.ts';

/** What a profile wants is there already, by somebody else's hand. */
const thereBefore: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await net.ip('router', 'addr add 192.168.0.1/24 dev eth0', 'neigh add proxy 10.0.0.9 dev eth1 protocol 55');
  const before = await scene.snapshot();
  const profile = `version: 1
kind: custom
name: same
addresses: [{ address: 192.168.0.1/24, interface: eth0 }]
proxies: [{ address: 10.0.0.9, interface: eth1 }]
routes: [{ to: ${TO}/32, interface: eth1 }]
`;
  await scene.must(['apply', net.profile('same.yaml', profile)]);
  const [proxy] = await net.ipJson('router', '-4', 'neigh', 'show', 'proxy');
  scene.check(proxy?.['protocol'] === '55' || proxy?.['protocol'] === 55, `the mark of somebody else's proxy neighbour is gone`);
  await scene.must(['remove', 'same']);
  await scene.checkAsBefore(before, 'what was there before went with the profile');
  return scene.harms;
};

/** One interface forwards by its administrator's will, though ip_forward is off. */
const forwardedBefore: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await net.setSysctl('router', 'net/ipv4/conf/eth1/forwarding', '1');
  const before = await scene.snapshot();
  const profile = 'version: 1\nkind: custom\nname: router\nsysctl: { net/ipv4/ip_forward: 1 }\n';
  await scene.must(['apply', net.profile('router.yaml', profile)]);
  await scene.must(['remove', 'router']);
  await scene.checkAsBefore(before, 'not every interface forwards as before');
  return scene.harms;
};

const FILTER = 'net/ipv4/conf/eth1/rp_filter';
const FILTERED = `version: 1\nkind: custom\nname: filter\nsysctl: { ${FILTER}: 1 }\n`;

/** The administrator has thought better of a switch that parp had set. */
const changedSince: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('filter.yaml', FILTERED)]);
  await net.setSysctl('router', FILTER, '2');
  await scene.run(['rollback']);
  scene.check((await net.sysctl('router', FILTER)) === '2', "the administrator's value is gone");
  return scene.harms;
};

/** Right before the route is deleted, a daemon has put its own in its place. */
const twin: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('routes.yaml', ROUTES)]);
  const act = `run: ip route replace ${TO}/32 dev eth1 proto static`;
  await scene.run(['remove', 'routes'], { at: 'journal.opened', act });
  const routes = await scene.routesTo(TO);
  scene.check(
    routes.some((route) => route['protocol'] === 'static'),
    "the daemon's route was deleted",
  );
  return scene.harms;
};

/** While everything is taken back, the system refuses one of the steps: the first. */
const oneRefused: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const before = await scene.snapshot();
  const profile = `version: 1\nkind: custom\nname: two\nsysctl: { net/ipv4/conf/eth1/proxy_arp: 1 }\nroutes: [{ to: ${TO}/32, interface: eth1 }]\n`;
  await scene.must(['apply', net.profile('two.yaml', profile)]);
  const file = '/proc/sys/net/ipv4/conf/eth1/proxy_arp';
  const act = `run: mount --bind ${file} ${file} && mount -o remount,bind,ro ${file}`;
  const { exitCode } = await scene.runBehind('true', ['rollback'], { at: 'journal.marked.undoing', act });
  scene.check(exitCode === 6, `rollback ended with ${exitCode}, though not all was taken back`);
  scene.check((await scene.routesTo(TO)).length === 0, 'the route stays, because a switch could not be set');
  await scene.run(['recover']);
  await scene.checkAsBefore(before, 'what was refused is not taken back later, either');
  return scene.harms;
};

/** The interface is not the one of then: a container, a tunnel or a USB adapter came back under the old name. */
const anotherOne: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await net.setSysctl('router', FILTER, '2');
  await scene.must(['apply', net.profile('filter.yaml', FILTERED)]);
  await net.ip('router', 'link del eth1', 'link add eth1 type veth peer name port1');
  await net.setSysctl('router', FILTER, '1');
  await scene.run(['rollback']);
  scene.check((await net.sysctl('router', FILTER)) === '1', "the new interface was given the old one's value");
  return scene.harms;
};

/** Others have come to rely on an address of the profile: their route leads over its interface, and goes with the last address there. */
const reliedOn: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const profile = 'version: 1\nkind: custom\nname: lent\naddresses: [{ address: 192.168.7.1/24, interface: eth1 }]\n';
  await scene.must(['apply', net.profile('lent.yaml', profile), ...QUIET]);
  await net.ip('router', `route add ${TO} via 192.168.7.9 proto static`);
  await scene.run(['remove', 'lent']);
  scene.check((await scene.routesTo(TO)).length > 0, "somebody else's route went with the address");
  return scene.harms;
};

export const RETURNING: readonly Exhibit[] = [
  {
    bug: "writes its mark over somebody else's proxy neighbour",
    tools: 'scripts that hold what they add for theirs',
    story: '`ip neigh add proxy` succeeds for an entry that is there already, and changes its protocol: the owner does not know it again',
    edits: [
      {
        file: 'model/state.ts',
        from: "if (kind === 'proxy' || kind === 'address') return true;",
        to: "if (kind === 'address') return true;",
      },
    ],
    scenario: thereBefore,
    harm: "the mark of somebody else's proxy neighbour is gone",
  },
  {
    bug: 'deletes an address that was there before',
    tools: 'VRRP daemons, pairs of up and down hooks',
    story:
      'what "up" found there, "down" deletes all the same: keepalived took the address of the interface with its virtual one (keepalived pull request 353)',
    edits: [
      {
        file: 'model/establish.ts',
        from: "case 'address':\n    case 'proxy':\n      return true;",
        to: "case 'address':\n      return false;\n    case 'proxy':\n      return true;",
      },
    ],
    scenario: thereBefore,
    harm: 'what was there before went with the profile',
  },
  {
    bug: 'does not ask what the kernel deletes together with an address',
    tools: 'VRRP daemons, scripts',
    story: 'the routes that hang on an address go with it, in silence: keepalived lost a default route so (keepalived issue 1719)',
    edits: [{ file: 'model/address-loss.ts', from: 'if (words.length > 0) losses.set', to: 'if (false) losses.set' }],
    scenario: reliedOn,
    harm: "somebody else's route went with the address",
  },
  {
    bug: 'gives ip_forward back as though it were one switch',
    tools: 'VPN and NAT scripts',
    story: '"PostDown = sysctl -w net.ipv4.ip_forward=0" and what saves and restores it: the kernel sets every interface with it',
    edits: [{ file: 'model/forwarding.ts', from: '.filter(isForwardingEffect)', to: '.filter(() => false)' }],
    scenario: forwardedBefore,
    harm: 'not every interface forwards as before',
  },
  {
    bug: 'restores an old value over a newer one',
    tools: 'down hooks, clean-up scripts',
    story: 'they write back what they saved hours ago, whoever has changed it since',
    edits: [
      {
        file: 'model/undo.ts',
        from: 'if (!satisfies(operation.kind, now, operation.to)) return false;',
        to: "if (operation.kind !== 'sysctl' && !satisfies(operation.kind, now, operation.to)) return false;",
      },
    ],
    scenario: changedSince,
    harm: "the administrator's value is gone",
  },
  {
    bug: 'deletes a route by its prefix, whoever added it',
    tools: 'down hooks',
    story: '`ip route del PREFIX` without `proto` takes the first that fits, also that of a routing daemon',
    edits: [
      {
        file: 'render/argv.ts',
        from: "words.push('proto', String(value.protocol), 'scope', value.scope);",
        to: "if (verb === 'add') words.push('proto', String(value.protocol), 'scope', value.scope);",
      },
    ],
    scenario: twin,
    harm: "the daemon's route was deleted",
  },
  {
    bug: 'stops on its way back at the first error',
    tools: 'clean-up scripts with `set -e`',
    story: 'one thing is gone already, and everything behind it stays',
    edits: [{ file: 'engine/execute.ts', from: 'pending = pending.slice(at + 1);', to: 'return refused;' }],
    scenario: oneRefused,
    harm: 'the route stays, because a switch could not be set',
  },
  {
    bug: 'says that it has reverted without having looked',
    tools: 'try-and-revert commands',
    story:
      '`netplan try` put the old files back, but systemd-networkd could not read them: nothing was reverted (netplan pull request 548)',
    edits: [{ file: 'engine/execute.ts', from: 'const incomplete = [...refused, ...rest];', to: 'const incomplete: typeof rest = [];' }],
    scenario: oneRefused,
    harm: 'rollback ended with 0, though not all was taken back',
  },
  {
    bug: 'knows interfaces by their names',
    tools: 'hooks, daemons with a state for each name',
    story: 'a tunnel, a container or a USB adapter comes back under the name of an older one, and inherits what that had left',
    edits: [
      {
        file: 'model/link-identity.ts',
        from: 'if (link === undefined || (link.name !== name && link.mac !== mac)) renames.set(name, null);',
        to: 'if (links.some((other) => other.name === name)) continue; else if (link === undefined) renames.set(name, null);',
      },
    ],
    scenario: anotherOne,
    harm: "the new interface was given the old one's value",
  },
];
