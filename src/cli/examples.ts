/** A command line, and what it is for: shown by help before everything else, in the manual page and in the README. */
export interface Example {
  readonly line: string;
  readonly what: string;
}

const example = (line: string, what: string): Example => ({ line, what });

/** Where to begin. */
export const FIRST_STEPS: readonly Example[] = [
  example('parp lab', 'a network of namespaces that shows what it is about'),
  example('parp init', 'questions that lead to a profile'),
  example('parp plan office.yaml', 'what would change here, and nothing else'),
  example('sudo parp apply office.yaml', 'change it, announce it, verify it'),
  example('sudo parp rollback', 'take that back'),
  example('sudo parp apply --confirm office.yaml', 'the same over the link that it changes: taken back by itself'),
  example('sudo parp confirm', 'unless this follows within 120s'),
];

/** By command, the most usual one first. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  init: [
    example('parp init', 'ask for what a profile needs, and write it'),
    example('parp init --kind private-vlan --set interfaces=eth0 --yes', 'the same without a terminal'),
  ],
  validate: [
    example('parp validate office.yaml', 'are there mistakes in it?'),
    example('parp validate --json *.yaml', 'in all of these, for a program'),
  ],
  plan: [
    example('parp plan office.yaml', 'what would apply change here?'),
    example('parp plan office.yaml --against state.json', 'and on the host that this was captured on?'),
    example('parp plan office.yaml --format shell', 'the same as commands of ip and sysctl'),
    example('parp plan office.yaml --out plan.json', 'write it down, to be applied later as it is'),
  ],
  apply: [
    example('sudo parp apply office.yaml', 'change the host, announce, verify'),
    example('sudo parp apply --confirm office.yaml', 'taken back by itself after 120s unless confirmed'),
    example('sudo parp apply --confirm=10m office.yaml', 'the same with more time'),
    example('sudo parp apply --plan plan.json', 'what `parp plan --out` wrote, and nothing else'),
  ],
  draw: [
    example('parp draw office.yaml', 'who lives where, and who answers for whom'),
    example('parp draw office.yaml --against state.json', 'with the MACs of that host'),
    example('parp draw office.yaml --format svg > office.svg', 'for a wiki or a report'),
  ],
  schema: [
    example('parp schema > parp.schema.json', 'for the YAML plugin of an editor'),
    example('parp schema plan', 'what `parp plan --json` prints'),
  ],
  remove: [
    example('sudo parp remove office', 'give back all that office changed'),
    example('sudo parp remove --all', 'that of every profile in force'),
  ],
  confirm: [example('sudo parp confirm', 'keep what `parp apply --confirm` changed')],
  rollback: [example('sudo parp rollback', 'undo the last apply or remove')],
  status: [
    example('sudo parp status', 'what is in force, and what drifted?'),
    example('sudo parp status --detailed-exitcode', 'for monitoring: 2 when something drifted'),
  ],
  recover: [example('sudo parp recover', 'take back what a killed run left')],
  enable: [example('sudo parp enable office', 'bring it up at every boot')],
  disable: [example('sudo parp disable office', 'no longer')],
  boot: [example('sudo parp boot', 'what the systemd unit runs')],
  capture: [example('sudo parp capture --out state.json', 'for `parp plan --against` elsewhere')],
  explain: [
    example('parp explain -i eth0 --from 192.168.0.2 --to 192.168.0.66', 'is .66 answered for, and why?'),
    example('parp explain -i eth0 --from 192.168.0.2 --to 192.168.0.66 office.yaml', 'and with office.yaml applied?'),
    example('parp explain --questions asked.jsonl --against state.json', 'thousands of questions, without root'),
  ],
  announce: [
    example('sudo parp announce -i eth0 192.168.0.66', 'tell eth0 that .66 is here now'),
    example('sudo parp announce -i eth0 10.0.0.0/28 --rounds 1', 'a whole prefix, once'),
  ],
  probe: [
    example('sudo parp probe -i eth0 192.168.0.66', 'who owns it?'),
    example('sudo parp probe -i eth0 192.168.0.66 --from 192.168.0.2', 'who answers for it, owner or proxy?'),
    example('sudo parp probe -i eth0 192.168.0.9 --expect free', 'exit 1 when somebody owns it'),
  ],
  neighbours: [example('parp neighbours -i eth0', 'whom does this host know on eth0?')],
  flush: [
    example('sudo parp flush -i eth0', 'forget all that was learned on eth0'),
    example('sudo parp flush -i eth0 192.168.0.66', 'forget this one'),
  ],
  lab: [
    example('sudo parp lab', 'two segments that look like one subnet'),
    example('sudo parp lab nat-proxy --keep', 'another kind, and leave it for a look around'),
  ],
  completion: [
    example('source <(parp completion bash)', 'in ~/.bashrc'),
    example('parp completion zsh > "${fpath[1]}/_parp"', 'for zsh'),
    example('parp completion fish > ~/.config/fish/completions/parp.fish', 'for fish'),
  ],
};

/** The commands by what somebody wants, in the order of the work. */
export const GROUPS: readonly { readonly title: string; readonly commands: readonly string[] }[] = [
  { title: 'Write a profile and look at it', commands: ['init', 'validate', 'draw', 'plan', 'schema'] },
  { title: 'Change the host, or take it back', commands: ['apply', 'confirm', 'rollback', 'remove', 'status', 'recover'] },
  { title: 'Across reboots', commands: ['enable', 'disable', 'boot'] },
  { title: 'Look at the wire and at this host', commands: ['explain', 'probe', 'announce', 'neighbours', 'flush', 'capture'] },
  { title: 'Try out and set up', commands: ['lab', 'completion'] },
];
