// What a descriptor is, and so which objects its writes and reads meet in. The kernel's object counts, not the
// number, so that dup and fork keep every order: a pipe's ends share an inode. Anonymous inodes (eventfd,
// timerfd) all have the same one and go by number; dup passes the number on.
//
// Sockets. Both ends of a connection meet in one object when both are known to lie in this process: socketpair
// says so, and for TCP two ends with mirrored addresses. Everything else meets in objects that all sockets
// share: data may have gone through another process. Invariant, by which no true order is lost: a write goes to
// the shared object always, and to the pair's or else to the unpaired one's; a read that does not know its
// peer takes the shared object, one that does takes the pair's and the unpaired one's.
#include "rf_object.h"
#include "rf_sys.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/signalfd.h>

#define NUMBERS 4096u
// Descriptors of anonymous inodes: number of the first of its copies + 1, 0: itself. Bit 15: a signalfd.
#define SIGNALS 0x8000u
static _Atomic uint16_t first_of[NUMBERS];

static unsigned number_of(int fd) {
  const unsigned known = (unsigned)fd < NUMBERS ? first_of[fd] & ~SIGNALS : 0;
  return known ? known - 1 : (unsigned)fd;
}

void rf_fd_copied(int from, int to) {
  if (from != to && (unsigned)from < NUMBERS && (unsigned)to < NUMBERS)
    first_of[to] = (uint16_t)((number_of(from) + 1) | (first_of[from] & SIGNALS));
}

void rf_fd_closing(int fd) {
  if ((unsigned)fd < NUMBERS)
    first_of[fd] = 0;
}

void rf_fd_takes_signals(int fd) {
  if ((unsigned)fd < NUMBERS)
    first_of[fd] = SIGNALS;
}

void rf_fd_take_signals(int fd, const void *p, size_t n) {
  if ((unsigned)fd >= NUMBERS || !(first_of[fd] & SIGNALS))
    return;
  const struct signalfd_siginfo *info = p;
  for (; n >= sizeof *info; n -= sizeof *info)
    rf_signal_take((int)info++->ssi_signo);
}

// ---- Sockets ----
// Both tables may forget: an entry lost only means the shared object.

#define PAIRS 4096u
static struct {
  _Atomic uint64_t inode, key;
} paired[PAIRS]; // by inode, of socketpair
static _Atomic uint64_t ends_seen[PAIRS]; // TCP connections: hash of the addresses, low bits: which ends

static bool inode_of(int fd, struct stat *st) { return !rf_sys(SYS_fstat, fd, (long)st, 0, 0, 0, 0); }

void rf_fd_paired(int a, int b) {
  struct stat sa, sb;
  if (!inode_of(a, &sa) || !inode_of(b, &sb))
    return;
  paired[sa.st_ino % PAIRS].key = paired[sb.st_ino % PAIRS].key = sa.st_ino;
  paired[sa.st_ino % PAIRS].inode = sa.st_ino;
  paired[sb.st_ino % PAIRS].inode = sb.st_ino;
}

void rf_fd_new(int fd) { // its inode's number may have been another socket's
  struct stat st;
  if (inode_of(fd, &st) && paired[st.st_ino % PAIRS].inode == st.st_ino)
    paired[st.st_ino % PAIRS].inode = 0;
}

struct end {
  uint64_t high, low, port;
};

// IPv4 in IPv6 is IPv4.
static bool address(long call, int fd, struct end *out) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    char room[128];
  } a;
  socklen_t n = sizeof a;
  if (rf_sys(call, fd, (long)&a, (long)&n, 0, 0, 0))
    return false;
  if (a.any.sa_family == AF_INET) {
    *out = (struct end){0, UINT64_C(0xffff) << 32 | ntohl(a.v4.sin_addr.s_addr), a.v4.sin_port};
    return true;
  }
  if (a.any.sa_family != AF_INET6)
    return false;
  const uint32_t *w = a.v6.sin6_addr.s6_addr32;
  *out = (struct end){(uint64_t)ntohl(w[0]) << 32 | ntohl(w[1]), (uint64_t)ntohl(w[2]) << 32 | ntohl(w[3]),
                      a.v6.sin6_port};
  return true;
}

static bool before(const struct end *a, const struct end *b) {
  return a->high != b->high ? a->high < b->high : a->low != b->low ? a->low < b->low : a->port < b->port;
}
static uint64_t mix(uint64_t h, uint64_t v) { return (h ^ v) * UINT64_C(0x9e3779b97f4a7c15) ^ h >> 29; }
static uint64_t hash(uint64_t h, const struct end *e) { return mix(mix(mix(h, e->high), e->low), e->port); }

// Object of fd's connection; 0: not known. both: the other end is this process's too.
static uintptr_t pair_of(int fd, const struct stat *st, bool *both) {
  const unsigned slot = st->st_ino % PAIRS;
  const uint64_t key = paired[slot].key;
  *both = true;
  if (paired[slot].inode == st->st_ino)
    return rf_object(RF_OBJECT_PAIR, key);
  struct end here, there;
  if (!address(SYS_getsockname, fd, &here) || !address(SYS_getpeername, fd, &there))
    return 0;
  const bool mine_first = before(&here, &there);
  const uint64_t h = hash(hash(1, mine_first ? &here : &there), mine_first ? &there : &here) & ~UINT64_C(3);
  _Atomic uint64_t *seen = &ends_seen[h >> 40 & (PAIRS - 1)];
  const uint64_t old = *seen, mine = mine_first ? 1 : 2;
  const uint64_t now = ((old & ~UINT64_C(3)) == h ? old : h) | mine;
  if (now != old)
    *seen = now;
  *both = (now & 3) == 3;
  return rf_object(RF_OBJECT_PAIR, h >> 2);
}

void rf_fd_connected(int fd) {
  struct stat st;
  bool both;
  if (inode_of(fd, &st))
    pair_of(fd, &st, &both);
}

// ---- Objects ----

struct objects {
  uintptr_t give[2], take[2];
};
static struct objects same(uintptr_t object) { return (struct objects){{object, 0}, {object, 0}}; }

static struct objects objects_of(int fd) {
  const uintptr_t all = rf_object(RF_OBJECT_ONE, RF_ONE_SOCKETS), unpaired = rf_object(RF_OBJECT_ONE, RF_ONE_UNPAIRED);
  struct stat st;
  if (!inode_of(fd, &st))
    return same(0);
  switch (st.st_mode & S_IFMT) {
  case S_IFIFO:
    return same(rf_object(RF_OBJECT_PIPE, st.st_ino));
  case S_IFSOCK: {
    bool both;
    const uintptr_t pair = pair_of(fd, &st, &both);
    if (!pair)
      return (struct objects){{all, unpaired}, {all, 0}};
    return both ? (struct objects){{all, pair}, {pair, unpaired}} : (struct objects){{all, pair}, {all, 0}};
  }
  case S_IFCHR: // both sides of pseudo-terminals
    return same(major(st.st_rdev) == 5 || (major(st.st_rdev) >= 136 && major(st.st_rdev) <= 143)
                    ? rf_object(RF_OBJECT_ONE, RF_ONE_TERMINALS)
                    : 0);
  case 0: // anonymous inodes
    return same(rf_object(RF_OBJECT_NUMBER, number_of(fd)));
  default: // regular files order nothing
    return same(0);
  }
}

void rf_fd_give(int fd) {
  if (rf_stands_aside())
    return;
  const struct objects o = objects_of(fd);
  for (int i = 0; i < 2; i++)
    if (o.give[i])
      rf_give(o.give[i]);
}

void rf_fd_take(int fd) {
  if (rf_stands_aside())
    return;
  const struct objects o = objects_of(fd);
  for (int i = 0; i < 2; i++)
    if (o.take[i])
      rf_take(o.take[i]);
}
