import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../src/model/picture.ts';
import { desire } from '../../src/profile/desire.ts';
import { imaginedHost } from '../../src/profile/imagined-host.ts';
import { pictureOf } from '../../src/profile/picture.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { drawMermaid } from '../../src/render/draw-mermaid.ts';
import { drawSvg } from '../../src/render/draw-svg.ts';
import { drawText } from '../../src/render/draw-text.ts';
import { isPrintable } from '../fuzz/unseen.ts';
import { profileFrom } from '../support/profile-text.ts';

const FOLDER = fileURLToPath(new URL('../../profiles/', import.meta.url));
const KINDS = ['pseudo-bridge', 'private-vlan', 'nat-proxy', 'custom'];

function alone(given: Profile): Picture {
  const { profile, host } = imaginedHost(given);
  return pictureOf(profile, desire(profile, host).settings, host);
}

const exampleOf = (kind: string): Picture => alone(profileFrom(readFileSync(`${FOLDER}${kind}.yaml`, 'utf8')));

const HOSTILE = alone(
  profileFrom(`version: 1
kind: private-vlan
name: guests
description: '</title><script>alert(1)</script> & "a" ]; \`c\` #35; \${d} *e* _f_ ~g~ {h} |i| [j] \\k end'
interfaces: [eth0.10, "guest[ab]*"]
`),
);

describe('drawText()', () => {
  it('draws a pseudo-bridge in 80 columns', () => {
    expect(`\n${drawText(exampleOf('pseudo-bridge'), { columns: 80, unicode: true })}\n`).toBe(`
office (pseudo-bridge)
The lab behind eth1 keeps its addresses of the office network

                                       ┌─ router ──────────────────────────────┐
┌─ hosts ───────────────────┐ eth0     │ 192.168.0.1/24                        │
│ 192.168.0.0/24            ├──────────┤ answers for hosts of eth1 (75):       │
│ (178 addresses)           │          │   192.168.0.66                        │
└───────────────────────────┘          │   192.168.0.70-192.168.0.79           │
                                       │   192.168.0.128/26                    │
                                       │ with the MAC of eth0                  │
                                       │ proxy_delay=0ms, forwarding=1,        │
                                       │ send_redirects=0, proxy_arp=1         │
                                       ├───────────────────────────────────────┤
┌─ hosts ───────────────────┐ eth1     │ 192.168.0.1/32                        │
│ 192.168.0.66              ├──────────┤ answers for hosts of eth0 (178):      │
│ 192.168.0.70-192.168.0.79 │          │   192.168.0.0/24                      │
│ 192.168.0.128/26          │          │ with the MAC of eth1                  │
│ (75 addresses)            │          │ proxy_delay=0ms, forwarding=1,        │
└───────────────────────────┘          │ send_redirects=0, proxy_arp=1         │
                                       ├───────────────────────────────────────┤
                                       │ ip_forward=1, all/send_redirects=0    │
                                       └───────────────────────────────────────┘

Answers by proxy_arp: for whatever else is routed to another interface, too.
`);
  });

  it('draws a nat-proxy in 40 columns of ASCII', () => {
    expect(`\n${drawText(exampleOf('nat-proxy'), { columns: 40, unicode: false })}\n`).toBe(`
edge (nat-proxy)
The pool 203.0.113.0/24 in front of the
servers

router
| ip_forward=1
+- eth0
| | answers for public addresses (18):
| |   203.0.113.9
| |   203.0.113.10
| |   203.0.113.16/28
| | with the MAC of eth0
| | forwarding=1
| +- outside
|      (whoever asks)
+- eth1
  | forwarding=1
  +- inside
       10.0.0.10
       10.0.1.16/28
       10.0.0.0/16
       10.0.0.5

Translated on eth0:
  203.0.113.10        <-> 10.0.0.10
  203.0.113.16/28     <-> 10.0.1.16/28
  203.0.113.9         <-- 10.0.0.0/16
  203.0.113.9 tcp 443 --> 10.0.0.5:8443

Answers by local routes; nftables table
ip parp_edge translates, and drops what
arrives for a public address
untranslated.
`);
  });

  it.each(KINDS.flatMap((kind) => [40, 60, 72, 80, 132].map((columns) => ({ kind, columns }))))(
    'keeps $kind within $columns columns, its boxes closed',
    ({ kind, columns }) => {
      for (const unicode of [true, false]) {
        const lines = drawText(exampleOf(kind), { columns, unicode }).split('\n');
        expect(lines.filter((line) => line.length > columns)).toEqual([]);
        if (!unicode) expect(lines.filter((line) => !/^[\x20-\x7e]*$/.test(line))).toEqual([]);
        if (!unicode || columns < 72) continue;
        const router = lines.slice(lines.findIndex((line) => line.includes('─ router ')));
        const box = router.slice(0, router.findIndex((line) => line.endsWith('┘') && !line.startsWith('└')) + 1);
        expect(box.length).toBeGreaterThan(3);
        expect(new Set(box.map((line) => line.length)).size).toBe(1);
        expect(box.filter((line) => !/[┐│┤┘]$/.test(line))).toEqual([]);
      }
    },
  );

  it('keeps patterns as they are where no host is at hand', () => {
    const text = drawText(HOSTILE, { columns: 80, unicode: true });
    expect(text).toContain(' guest[ab]*');
    expect(text).toContain('proxy_arp_pvlan=1');
  });
});

describe('drawSvg()', () => {
  it.each(KINDS)('draws %s as one document that needs no other, in light and dark', (kind) => {
    const svg = drawSvg([exampleOf(kind)]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^]*<\/svg>$/);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|<image|<script|href/);
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(unclosed(svg)).toEqual([]);
  });

  it('sets entries in, and keeps translations in columns, whatever a renderer does with spaces', () => {
    const svg = drawSvg([exampleOf('nat-proxy')]);
    const places = [...svg.matchAll(/ x="(\d+)" y="\d+">(203\.0\.113\.10|answers for)/g)].map(([, x, what]) => [what, Number(x)]);
    expect(places[0]?.[0]).toBe('answers for');
    expect(Number(places[1]?.[1])).toBeGreaterThan(Number(places[0]?.[1]));
    expect(svg).not.toMatch(/>[^<\n]* {2}[^<\n]*<\/text>/);
    expect(svg).toContain('>203.0.113.10\u00a0\u00a0');
  });

  it('escapes what a profile says', () => {
    const svg = drawSvg([HOSTILE]);
    expect(svg).toContain('&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;a&quot; ]; `c` #35;');
    expect(unclosed(svg)).toEqual([]);
    expect(isPrintable(svg, 'lines')).toBe(true);
  });

  it('puts several below one another, within the page', () => {
    const svg = drawSvg(KINDS.map(exampleOf));
    const height = Number(/ height="(\d+(?:\.\d+)?)"/.exec(svg)?.[1]);
    const starts = [...svg.matchAll(/translate\(0 (\d+)\)/g)].map(([, y]) => Number(y));
    expect(starts).toHaveLength(4);
    expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
    expect(Math.max(...starts)).toBeLessThan(height);
  });
});

/** Elements that are opened and not closed, or the other way round. */
function unclosed(markup: string): string[] {
  const open: string[] = [];
  for (const [, close, name = '', , self] of markup.matchAll(/<(\/?)([a-z]+)((?:\s[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (self === '/') continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe('drawMermaid()', () => {
  it.each(KINDS)('draws %s with a node a home and a port, each joined', (kind) => {
    const picture = exampleOf(kind);
    const lines = drawMermaid([picture]).split('\n');
    expect(lines[0]).toBe('flowchart LR');
    expect(lines.filter((line) => line.includes(' ---|'))).toHaveLength(picture.wires.length);
    expect(lines.filter((line) => /^ +subgraph /.test(line))).toHaveLength(lines.filter((line) => line.trim() === 'end').length);
  });

  it('writes what Mermaid would read as character codes', () => {
    const labels = [...drawMermaid([HOSTILE]).matchAll(/"([^\n]*?)"/g)].map(([, text = '']) => text.replaceAll('<br/>', ''));
    expect(labels.length).toBeGreaterThan(5);
    expect(labels.filter((text) => /["&<>`*_~[\]{}|]|;(?<!#\d+;)|#(?!\d+;)/.test(text))).toEqual([]);
    expect(labels.join('\n')).toContain('guest#91;ab#93;#42;');
  });
});
