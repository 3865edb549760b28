// Sandboxes, missing file systems, other heaps, other ways to be linked and laid out.
// row: seccomp: ERRNO for what only the detector uses | flags=-DCASE=1 -DACTION=SECCOMP_RET_ERRNO | in=touch_raced | says=seccomp filter forbids
// row: seccomp: KILL for what only the detector uses | flags=-DCASE=1 -DACTION=SECCOMP_RET_KILL_PROCESS | in=touch_raced | says=seccomp filter forbids
// row: seccomp: TRAP for what only the detector uses | flags=-DCASE=1 -DACTION=SECCOMP_RET_TRAP | in=touch_raced | says=seccomp filter forbids
// row: seccomp by number: KILL for what only the detector uses | flags=-DCASE=1 -DACTION=SECCOMP_RET_KILL_PROCESS -DNUMBER | in=touch_raced | says=seccomp filter forbids
// row: seccomp: personality, prctl and openat forbidden | flags=-DCASE=2 | in=touch_raced | says=seccomp filter forbids
// row: seccomp: strict mode | flags=-DCASE=3 | in=touch_raced | says=seccomp filter forbids
// row: seccomp: a filter that forbids nothing of ours | flags=-DCASE=4 | in=touch_raced
// row: seccomp: a filter that the kernel does not take | flags=-DCASE=5 | in=touch_raced
// row: seccomp: everything allowed by name but madvise and membarrier, heap and threads | flags=-DCASE=6 | in=touch_raced | says=seccomp filter forbids
// row: no /proc | flags=-DCASE=7 | in=touch_raced | needs=root unshare | under=exec unshare -m sh -c 'umount -l /proc && exec "$@"' sh
// row: no /proc, not position-independent | flags=-DCASE=7 -no-pie | in=touch_raced | needs=root unshare | under=exec unshare -m sh -c 'umount -l /proc && exec "$@"' sh
// row: no /proc, collections | flags=-DCASE=8 | in=touch_raced | needs=root unshare | under=exec unshare -m sh -c 'umount -l /proc && exec "$@"' sh
// row: in a chroot without anything | flags=-DCASE=7 | in=touch_raced | needs=root chroot | under=exec HERE/in-chroot
// row: a file system that is read-only | flags=-DCASE=7 | in=touch_raced | needs=root unshare | under=exec unshare -m sh -c 'mount -o remount,ro,bind / 2>/dev/null || mount --bind -o ro / /; exec "$@"' sh
// row: preloaded jemalloc | flags=-DCASE=7 | in=touch_raced | needs=/usr/lib/*/libjemalloc.so.2 | under=LD_PRELOAD=libjemalloc.so.2 exec
// row: preloaded tcmalloc | flags=-DCASE=7 | in=touch_raced | needs=/usr/lib/*/libtcmalloc_minimal.so.4 | under=LD_PRELOAD=libtcmalloc_minimal.so.4 exec
// row: a malloc of the program's own | flags=-DCASE=9 | in=touch_raced
// row: position-independent | flags=-DCASE=7 -fPIE -pie | in=touch_raced
// row: not position-independent | flags=-DCASE=7 -fno-pie -no-pie | in=touch_raced
// row: no randomisation | flags=-DCASE=7 | in=touch_raced | needs=setarch | under=exec setarch -R
// row: no randomisation, not position-independent | flags=-DCASE=7 -no-pie | in=touch_raced | needs=setarch | under=exec setarch -R
// row: the old layout of address space | flags=-DCASE=7 | in=touch_raced | needs=setarch | under=exec setarch -L
// row: started by the loader | flags=-DCASE=7 | in=touch_raced | needs=/lib64/ld-linux-x86-64.so.2 | under=exec /lib64/ld-linux-x86-64.so.2
// row: no environment | flags=-DCASE=7 | in=touch_raced | under=exec env -i
// row: argv is empty | flags=-DCASE=7 | in=touch_raced | under=exec -a ''
// row: a working directory that is gone | flags=-DCASE=7 | in=touch_raced | under=mkdir -p gone.$$; cd gone.$$; rmdir ../gone.$$; exec
// row: a library loaded and unloaded again and again while threads work | flags=-DCASE=10 -ldl | in=touch_raced
// row: 32 random bits in addresses, racy | flags=-DCASE=7 -DRACY | in=touch_raced | only=racy | needs=root long | under=exec HERE/with-random-bits 66
// row: 32 random bits in addresses, clean | flags=-DCASE=7 | only=clean | needs=root long | under=exec HERE/with-random-bits 0
// row: 32 random bits in addresses, clean and not position-independent | flags=-DCASE=7 -no-pie | only=clean | needs=root long | under=exec HERE/with-random-bits 0
#include "../robust.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if CASE <= 6
static int install(const struct sock_filter *code, size_t n) {
  const struct sock_fprog program = {(unsigned short)n, (struct sock_filter *)code};
  MUST(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
#ifdef NUMBER
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
#else
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}
#define NAMED(call, action)                                                                                  \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)
#define BEGIN                                                                                                \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),                                   \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),                                          \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),                                                   \
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ALLOW_REST BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define INSTALL(...)                                                                                         \
  const struct sock_filter code[] = {BEGIN, __VA_ARGS__, ALLOW_REST};                                        \
  const int installed = install(code, sizeof code / sizeof *code)
#endif

#if CASE == 6 || CASE == 7 || CASE == 8
// Blocks, mappings and stacks that come again at the same places.
static void *works(void *arg) {
  for (int i = 0; i < 40; i++) {
    const size_t n = 4096 * (1 + (size_t)i % 20);
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(p != MAP_FAILED);
    memset(p, i, n);
    munmap(p, n);
    char *q = malloc(n + 40000);
    MUST(q);
    memset(q, i, n + 40000);
    free(q);
  }
  return arg;
}
#endif

#if CASE == 8
// Many epochs, so that old ones are collected.
static pthread_mutex_t m[64];
static long cell[64];
static void *many_epochs(void *arg) {
  for (int i = 0; i < 400000; i++) {
    pthread_mutex_lock(&m[i % 64]);
    cell[i % 64]++;
    pthread_mutex_unlock(&m[i % 64]);
  }
  return arg;
}
#endif

#if CASE == 9
// From one array, each size in a list of its own.
static char room[64 << 20] __attribute__((aligned(64)));
static size_t used;
static void *list[48];
static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned class_of(size_t n) {
  unsigned c = 5;
  while ((size_t)1 << c < n + 16)
    c++;
  return c;
}
void *malloc(size_t n) {
  const unsigned c = class_of(n);
  pthread_mutex_lock(&heap_lock);
  char *p = list[c];
  if (p)
    list[c] = *(void **)(p + 16);
  else if (used + ((size_t)1 << c) <= sizeof room)
    p = room + used, used += (size_t)1 << c;
  pthread_mutex_unlock(&heap_lock);
  if (!p)
    return NULL;
  *(size_t *)p = n;
  return p + 16;
}
void free(void *p) {
  if (!p)
    return;
  const unsigned c = class_of(*(size_t *)((char *)p - 16));
  pthread_mutex_lock(&heap_lock);
  *(void **)p = list[c];
  list[c] = (char *)p - 16;
  pthread_mutex_unlock(&heap_lock);
}
void *calloc(size_t n, size_t each) {
  void *p = malloc(n * each);
  return p ? memset(p, 0, n * each) : NULL;
}
void *realloc(void *p, size_t n) {
  void *q = malloc(n);
  if (p && q) {
    const size_t old = *(size_t *)((char *)p - 16);
    memcpy(q, p, old < n ? old : n);
  }
  free(p);
  return q;
}
static void *uses_heap(void *arg) {
  char *kept = NULL;
  for (size_t i = 1; i < 400; i++) {
    char *p = malloc(i);
    memset(p, 1, i);
    kept = reallocarray(kept, i, 3);
    kept[3 * i - 1] = 1;
    free(p);
    free(strdup("text"));
  }
  free(kept);
  return arg;
}
#endif

#if CASE == 10
static int stop;
static void *loads(void *arg) {
  for (int i = 0; i < 60; i++) {
    void *lib = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!lib)
      lib = dlopen("libutil.so.1", RTLD_NOW);
    if (lib)
      dlclose(lib);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  return arg;
}
static void *works_meanwhile(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(p != MAP_FAILED);
    memset(p, 1, 65536);
    munmap(p, 65536);
    touch_raced();
  }
  return arg;
}
#endif

int main(void) {
#if CASE == 1
  race_now(); // the C library's own calls for a first thread are done
  INSTALL(NAMED(madvise, ACTION), NAMED(mincore, ACTION), NAMED(membarrier, ACTION), NAMED(process_vm_readv, ACTION),
          NAMED(sched_yield, ACTION), NAMED(gettid, ACTION), NAMED(pread64, ACTION), NAMED(ioctl, ACTION),
          NAMED(rt_tgsigqueueinfo, ACTION), NAMED(ppoll, ACTION), NAMED(prlimit64, ACTION));
  MUST(!installed);
  for (int i = 0; i < 10; i++)
    touch_raced();
  char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(p, 1, 1 << 20);
  munmap(p, 1 << 20);
  free(malloc(100000));
#elif CASE == 2
  INSTALL(NAMED(personality, SECCOMP_RET_ERRNO | 1), NAMED(prctl, SECCOMP_RET_ERRNO | 1),
          NAMED(openat, SECCOMP_RET_ERRNO | 1), NAMED(open, SECCOMP_RET_ERRNO | 1));
  MUST(!installed);
  race_now();
#elif CASE == 3
  race_now();
  fflush(NULL);
  MUST(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
  touch_raced();
  syscall(SYS_exit, 0);
#elif CASE == 4
  INSTALL(NAMED(reboot, SECCOMP_RET_KILL_PROCESS), NAMED(ptrace, SECCOMP_RET_ERRNO | 1));
  MUST(!installed);
  race_now();
#elif CASE == 5
  const struct sock_filter code[] = {BPF_STMT(0xffff, 0)};
  MUST(install(code, 1) == -1 && errno == EINVAL);
  race_now();
#elif CASE == 6
  INSTALL(NAMED(madvise, SECCOMP_RET_ERRNO | 1), NAMED(membarrier, SECCOMP_RET_ERRNO | 38),
          NAMED(mincore, SECCOMP_RET_ERRNO | 1));
  MUST(!installed);
  for (int i = 0; i < 10; i++)
    run_two(works, works, NULL);
  race_now();
#elif CASE == 7
  MUST(environ);
  for (int i = 0; i < 4; i++)
    run_two(works, works, NULL);
  race_now();
#elif CASE == 8
  for (int i = 0; i < 64; i++)
    pthread_mutex_init(&m[i], NULL);
  run_two(many_epochs, many_epochs, NULL);
  run_two(works, works, NULL);
  race_now();
#elif CASE == 9
  run_two(uses_heap, uses_heap, NULL);
  race_now();
#elif CASE == 10
  run_two(loads, works_meanwhile, NULL);
  race_now();
#endif
  return 0;
}
