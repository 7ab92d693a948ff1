/*
 * limit add|replace LIST          carries out a list of settings
 * limit announce IF FIRST COUNT   gratuitous ARP for COUNT addresses from FIRST on, a request and a reply each
 *
 * The least that the kernel lets one do it with, for comparison: 1,000 messages a pack and one acknowledgement a pack, 1,000
 * frames a sendmmsg(2). It plans nothing, checks nothing, remembers nothing and takes nothing back. A line of the list is one of
 *
 *   file PATH VALUE               written below /proc/sys
 *   delay IF MS                   RTM_SETNEIGHTBL, proxy_delay
 *   address IF ADDRESS LENGTH SCOPE
 *   route IF ADDRESS LENGTH SOURCE
 *   proxy IF ADDRESS
 *   conf IF ID VALUE [ID VALUE …] RTM_SETLINK, IPV4_DEVCONF_*
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACK = 1000, ROOM = 256, PROTOCOL = 97, FRAME = 42, MOST_WORDS = 64 };

static void fail(const char *doing, const char *what, int error) {
  fprintf(stderr, "limit: %s %s: %s\n", doing, what, strerror(error));
  exit(1);
}

/* -- Packs of messages ------------------------------------------------------------------------------------------------ */

static char pack[PACK * ROOM];
static size_t used;
static int messages, netlink;
static uint32_t sequence;
static struct nlmsghdr *latest;

static void open_netlink(void) {
  netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int room = 1 << 20, one = 1;
  if (netlink < 0 || connect(netlink, (struct sockaddr *)&kernel, sizeof kernel) < 0) fail("Open", "netlink", errno);
  setsockopt(netlink, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  setsockopt(netlink, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
}

/* Sends the pack, and waits for the acknowledgement of its last message; a refusal of any comes before. */
static void flush_pack(void) {
  if (messages == 0) return;
  latest->nlmsg_flags |= NLM_F_ACK;
  if (send(netlink, pack, used, 0) < 0) fail("Send", "a pack", errno);
  for (int acknowledged = 0; !acknowledged;) {
    static char answer[1 << 15];
    ssize_t length = recv(netlink, answer, sizeof answer, 0);
    if (length < 0) fail("Receive", "an acknowledgement", errno);
    for (struct nlmsghdr *header = (struct nlmsghdr *)answer; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
      if (header->nlmsg_type != NLMSG_ERROR) continue;
      struct nlmsgerr *error = NLMSG_DATA(header);
      if (error->error != 0) fail("Carry out", "a message", -error->error);
      acknowledged |= header->nlmsg_seq == sequence;
    }
  }
  used = 0;
  messages = 0;
}

static void *begin(int type, int flags, size_t size) {
  if (messages == PACK) flush_pack();
  latest = (struct nlmsghdr *)(pack + used);
  memset(latest, 0, NLMSG_SPACE(size));
  latest->nlmsg_len = NLMSG_LENGTH(size);
  latest->nlmsg_type = type;
  latest->nlmsg_flags = NLM_F_REQUEST | flags;
  latest->nlmsg_seq = ++sequence;
  return NLMSG_DATA(latest);
}

static struct rtattr *attribute(int type, const void *data, size_t size) {
  struct rtattr *attribute = (struct rtattr *)((char *)latest + NLMSG_ALIGN(latest->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(size);
  if (size > 0) memcpy(RTA_DATA(attribute), data, size);
  latest->nlmsg_len = NLMSG_ALIGN(latest->nlmsg_len) + RTA_SPACE(size);
  return attribute;
}

static void close_nest(struct rtattr *nest) {
  nest->rta_len = (char *)latest + latest->nlmsg_len - (char *)nest;
}

static void end(void) {
  used += NLMSG_ALIGN(latest->nlmsg_len);
  messages++;
}

/* -- The list --------------------------------------------------------------------------------------------------------- */

static int index_of(const char *name) {
  static char last[IF_NAMESIZE];
  static int index;
  if (index == 0 || strcmp(name, last) != 0) {
    index = if_nametoindex(name);
    if (index == 0) fail("Find", name, errno);
    snprintf(last, sizeof last, "%s", name);
  }
  return index;
}

static in_addr_t address_of(const char *text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) fail("Read", text, EINVAL);
  return address.s_addr;
}

static void add_route(char **word, int creation) {
  *(struct rtmsg *)begin(RTM_NEWROUTE, creation, sizeof(struct rtmsg)) = (struct rtmsg){
      .rtm_family = AF_INET,
      .rtm_dst_len = atoi(word[3]),
      .rtm_table = RT_TABLE_MAIN,
      .rtm_protocol = PROTOCOL,
      .rtm_scope = RT_SCOPE_LINK,
      .rtm_type = RTN_UNICAST,
  };
  in_addr_t to = address_of(word[2]), source = address_of(word[4]);
  int link = index_of(word[1]);
  attribute(RTA_DST, &to, sizeof to);
  attribute(RTA_OIF, &link, sizeof link);
  attribute(RTA_PREFSRC, &source, sizeof source);
  end();
}

static void add_address(char **word, int creation) {
  *(struct ifaddrmsg *)begin(RTM_NEWADDR, creation, sizeof(struct ifaddrmsg)) = (struct ifaddrmsg){
      .ifa_family = AF_INET,
      .ifa_prefixlen = atoi(word[3]),
      .ifa_scope = atoi(word[4]),
      .ifa_index = index_of(word[1]),
  };
  in_addr_t address = address_of(word[2]);
  attribute(IFA_LOCAL, &address, sizeof address);
  attribute(IFA_ADDRESS, &address, sizeof address);
  end();
}

static void add_proxy(char **word, int creation) {
  *(struct ndmsg *)begin(RTM_NEWNEIGH, creation, sizeof(struct ndmsg)) = (struct ndmsg){
      .ndm_family = AF_INET,
      .ndm_ifindex = index_of(word[1]),
      .ndm_state = NUD_PERMANENT,
      .ndm_flags = NTF_PROXY,
  };
  in_addr_t address = address_of(word[2]);
  uint8_t protocol = PROTOCOL;
  attribute(NDA_DST, &address, sizeof address);
  attribute(NDA_PROTOCOL, &protocol, sizeof protocol);
  end();
}

static void set_delay(char **word) {
  ((struct ndtmsg *)begin(RTM_SETNEIGHTBL, 0, sizeof(struct ndtmsg)))->ndtm_family = AF_INET;
  int link = index_of(word[1]);
  uint64_t delay = strtoull(word[2], NULL, 10);
  attribute(NDTA_NAME, "arp_cache", sizeof "arp_cache");
  struct rtattr *parameters = attribute(NDTA_PARMS | NLA_F_NESTED, NULL, 0);
  attribute(NDTPA_IFINDEX, &link, sizeof link);
  attribute(NDTPA_PROXY_DELAY, &delay, sizeof delay);
  close_nest(parameters);
  end();
}

static void set_conf(char **word, int words) {
  *(struct ifinfomsg *)begin(RTM_SETLINK, 0, sizeof(struct ifinfomsg)) = (struct ifinfomsg){.ifi_index = index_of(word[1])};
  struct rtattr *families = attribute(IFLA_AF_SPEC | NLA_F_NESTED, NULL, 0);
  struct rtattr *family = attribute(AF_INET | NLA_F_NESTED, NULL, 0);
  struct rtattr *conf = attribute(IFLA_INET_CONF | NLA_F_NESTED, NULL, 0);
  for (int i = 2; i + 1 < words; i += 2) {
    uint32_t value = strtoul(word[i + 1], NULL, 10);
    attribute(atoi(word[i]), &value, sizeof value);
  }
  close_nest(conf);
  close_nest(family);
  close_nest(families);
  end();
}

static void write_file(char **word) {
  char path[256];
  snprintf(path, sizeof path, "/proc/sys/%s", word[1]);
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, word[2], strlen(word[2])) < 0) fail("Write", path, errno);
  close(fd);
}

static void carry_out(const char *list, int creation) {
  FILE *file = fopen(list, "r");
  if (file == NULL) fail("Open", list, errno);
  open_netlink();
  for (char line[1024]; fgets(line, sizeof line, file) != NULL;) {
    char *word[MOST_WORDS], *rest = line;
    int words = 0;
    while (words < MOST_WORDS && (word[words] = strsep(&rest, " \n")) != NULL) words += *word[words] != '\0';
    if (words < 3) fail("Read", list, EINVAL);
    switch (word[0][0]) {
      case 'r': add_route(word, creation); break;
      case 'p': add_proxy(word, creation); break;
      case 'a': add_address(word, creation); break;
      case 'd': set_delay(word); break;
      case 'c': set_conf(word, words); break;
      case 'f':
        flush_pack();
        write_file(word);
        break;
      default: fail("Read", word[0], EINVAL);
    }
  }
  flush_pack();
}

/* -- Frames ----------------------------------------------------------------------------------------------------------- */

/* A request (RFC 5227) or a reply that says where its sender is, to everybody. */
static void make_frame(uint8_t *frame, const uint8_t *mac, uint32_t address, int operation) {
  static const uint8_t ethernet_arp[] = {0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0};
  memset(frame, 0xff, 6);
  memcpy(frame + 6, mac, 6);
  memcpy(frame + 12, ethernet_arp, sizeof ethernet_arp);
  frame[21] = operation;
  memcpy(frame + 22, mac, 6);
  memcpy(frame + 28, &address, 4);
  if (operation == 2) memcpy(frame + 32, mac, 6);
  else memset(frame + 32, 0, 6);
  memcpy(frame + 38, &address, 4);
}

static void announce(const char *name, const char *first, long count) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0806), .sll_ifindex = index_of(name)};
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0) fail("Open", name, errno);

  static uint8_t frames[PACK][FRAME];
  static struct iovec parts[PACK];
  static struct mmsghdr batch[PACK];
  for (int i = 0; i < PACK; i++) {
    parts[i] = (struct iovec){frames[i], FRAME};
    batch[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  uint32_t start = ntohl(address_of(first));
  for (long frame = 0; frame < 2 * count;) {
    int filled = 0;
    for (; filled < PACK && frame < 2 * count; filled++, frame++)
      make_frame(frames[filled], (uint8_t *)request.ifr_hwaddr.sa_data, htonl(start + frame / 2), 1 + frame % 2);
    for (int sent = 0; sent < filled;) {
      int taken = sendmmsg(fd, batch + sent, filled - sent, 0);
      if (taken < 0 && errno != ENOBUFS) fail("Send on", name, errno);
      if (taken > 0) sent += taken;
    }
  }
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "add") == 0) carry_out(argv[2], NLM_F_CREATE | NLM_F_EXCL);
  else if (argc == 3 && strcmp(argv[1], "replace") == 0) carry_out(argv[2], NLM_F_CREATE | NLM_F_REPLACE);
  else if (argc == 5 && strcmp(argv[1], "announce") == 0) announce(argv[2], argv[3], atol(argv[4]));
  else {
    fprintf(stderr, "limit add|replace LIST, limit announce IF FIRST COUNT\n");
    return 2;
  }
  return 0;
}
