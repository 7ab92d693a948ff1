import { forEachAttribute, NLMSG_DONE, NLMSG_ERROR, textAt, type Message } from './message.ts';

/** The kernel's verdict on one message. */
export interface Answer {
  /** Of the message that it is about. */
  readonly sequence: number;
  /** 0 where it was carried out, else an errno. */
  readonly errno: number;
  /** The kernel's own words (NLMSGERR_ATTR_MSG), where it has any. */
  readonly words: string | undefined;
}

const NLMSGERR_ATTR_MSG = 1;
const NLMSGERR_ATTR_MISS_TYPE = 5;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
/** struct nlmsghdr behind the error number. */
const ABOUT = 16;

/** Reads NLMSG_ERROR, which is also what an acknowledgement is, and NLMSG_DONE; undefined for any other message. */
export function decodeAnswer(view: DataView, message: Message): Answer | undefined {
  const { type, from, to } = message;
  if (type === NLMSG_DONE) {
    const code = to - from >= 4 ? view.getInt32(from, true) : 0;
    return { sequence: message.sequence, errno: Math.max(0, -code), words: wordsIn(view, message, from + 4) };
  }
  if (type !== NLMSG_ERROR || to - from < 4 + ABOUT) return undefined;
  const size = view.getUint32(from + 4, true);
  // A length that nobody can have sent is not reckoned with: beyond 2^31 it would turn negative.
  const content = (message.flags & NLM_F_CAPPED) === 0 ? Math.min(Math.max(0, size - ABOUT), to - from) : 0;
  return {
    sequence: view.getUint32(from + 4 + 8, true),
    errno: Math.max(0, -view.getInt32(from, true)),
    words: wordsIn(view, message, from + 4 + ABOUT + ((content + 3) & ~3)),
  };
}

function wordsIn(view: DataView, message: Message, from: number): string | undefined {
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return undefined;
  let words: string | undefined;
  let missing: number | undefined;
  forEachAttribute(view, from, message.to, (type, start, end) => {
    if (type === NLMSGERR_ATTR_MSG) words = textAt(view, start, end);
    if (type === NLMSGERR_ATTR_MISS_TYPE && end - start >= 4) missing = view.getUint32(start, true);
  });
  return words ?? (missing === undefined ? undefined : `attribute ${missing} is missing`);
}
