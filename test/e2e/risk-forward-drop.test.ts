// The story: the router has a firewall that forwards nothing (policy drop). After apply "left" learns the router's MAC for "right", sends,
// and its packets vanish without a word, where before it at least heard that nobody answers (KERNEL.md F97). parp tells, with the rule that
// lets them pass: followed until nothing is told any more, it makes the ping go through, and nothing else.
import { describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { applied, risksTold } from '../support/risks-told.ts';

const RIGHT = '192.168.0.66';
const FIREWALL = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    tcp dport 22 accept
  }
}
`;

describe.skipIf(!CAN_BUILD)('forward-drop', () => {
  const net = useNetwork(pseudoBridge.topology);

  it('warns of a filter that drops what ARP attracts, and how to let it pass', async () => {
    expect((await net.run('router', ['nft', '-f', '-'], { input: FIREWALL })).exitCode).toBe(0);
    expect((await risksTold(net, pseudoBridge.profile)).kinds).toContain('warning forward-drop');
    await applied(net, pseudoBridge.profile);
    expect(await net.ping('left', RIGHT, { wait: 1 })).toBe(false);
    expect(await net.mac('left', RIGHT), 'ARP resolves all the same').toBe(net.macOf('router', 'eth0'));

    const rules: string[] = [];
    for (;;) {
      // Told although nothing is left to do: the profile in force depends on it.
      const [message] = (await risksTold(net, pseudoBridge.profile)).messages('forward-drop');
      const rule = message === undefined ? undefined : / with: nft (.*)$/.exec(message)?.[1];
      if (rule === undefined || rules.includes(rule)) break;
      rules.push(rule);
      expect((await net.run('router', ['nft', ...rule.split(' ')])).exitCode).toBe(0);
    }
    expect(rules).toEqual([
      'insert rule inet filter forward iifname eth0 oifname eth1 accept',
      'insert rule inet filter forward iifname eth1 oifname eth0 accept',
    ]);
    expect(await net.ping('left', RIGHT)).toBe(true);
  });
});
