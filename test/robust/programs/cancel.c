// Threads that are cancelled in each call that is a cancellation point, and asynchronously; their cleanup unlocks.
// row: in every call that blocks | flags=-DCASE=1 | in=touch_raced
// row: asynchronously, in locks and malloc | flags=-DCASE=2 | in=touch_raced
// row: asynchronously, in a loop that does nothing | flags=-DCASE=3 | in=touch_raced
// row: asynchronously, while signals come | flags=-DCASE=4 | in=touch_raced
// row: in reports | flags=-DCASE=5 | in=touch_raced
// row: while cancellation is disabled, then enabled | flags=-DCASE=6 | in=touch_raced
// row: cleanup that races | flags=-DCASE=7 | in=cleanup_races
// row: destructors of thread-specific data after cancellation | flags=-DCASE=8 | in=touch_raced
#include "../robust.h"

#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int held; // guarded by m
static pthread_t sleeper;

static void unlock(void *arg) {
  held--;
  pthread_mutex_unlock(arg);
}

#if CASE == 1
static int empty_pipe[2], full_pipe[2], listening, silent_socket[2], full_socket[2], counter, watched, locked_file, queue;
static mqd_t mq, full_mq;
static sem_t never_posted;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t for_cond = PTHREAD_MUTEX_INITIALIZER;
static pid_t child;
static char big[1 << 20], name[] = "/robustXXXXXX", file[] = "robustXXXXXX";

static struct timespec long_after(clockid_t c) {
  struct timespec t;
  clock_gettime(c, &t);
  t.tv_sec += 1000;
  return t;
}
static const struct timespec hour = {3600, 0};

static void unlock_cond(void *arg) { pthread_mutex_unlock(arg); }

#define CALLS                                                                                                          \
  CALL(read, read(empty_pipe[0], buf, 1))                                                                              \
  CALL(pread, pread(locked_file, buf, 1, 0); pause())                                                                  \
  CALL(readv, readv(empty_pipe[0], &v, 1))                                                                             \
  CALL(write, write(full_pipe[1], big, sizeof big))                                                                    \
  CALL(writev, writev(full_pipe[1], &bigv, 1))                                                                         \
  CALL(poll, poll(NULL, 0, -1))                                                                                        \
  CALL(ppoll, ppoll(NULL, 0, NULL, NULL))                                                                              \
  CALL(select, select(0, NULL, NULL, NULL, NULL))                                                                      \
  CALL(pselect, pselect(0, NULL, NULL, NULL, NULL, NULL))                                                              \
  CALL(epoll_wait, epoll_wait(watched, &event, 1, -1))                                                                 \
  CALL(epoll_pwait, epoll_pwait(watched, &event, 1, -1, NULL))                                                         \
  CALL(nanosleep, nanosleep(&hour, NULL))                                                                              \
  CALL(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL))                                              \
  CALL(usleep, usleep(900000000))                                                                                      \
  CALL(sleep, sleep(3600))                                                                                             \
  CALL(thrd_sleep, thrd_sleep(&hour, NULL))                                                                            \
  CALL(pause, pause())                                                                                                 \
  CALL(sigsuspend, sigsuspend(&none))                                                                                  \
  CALL(sigwait, sigwait(&usr2, &n))                                                                                    \
  CALL(sigwaitinfo, sigwaitinfo(&usr2, NULL))                                                                          \
  CALL(sigtimedwait, sigtimedwait(&usr2, NULL, &hour))                                                                 \
  CALL(pthread_cond_wait, IN_COND(pthread_cond_wait(&never, &for_cond)))                                               \
  CALL(pthread_cond_timedwait, IN_COND(pthread_cond_timedwait(&never, &for_cond, &later)))                             \
  CALL(pthread_cond_clockwait, IN_COND(pthread_cond_clockwait(&never, &for_cond, CLOCK_REALTIME, &later)))             \
  CALL(sem_wait, sem_wait(&never_posted))                                                                              \
  CALL(sem_timedwait, sem_timedwait(&never_posted, &later))                                                            \
  CALL(sem_clockwait, sem_clockwait(&never_posted, CLOCK_REALTIME, &later))                                            \
  CALL(pthread_join, pthread_join(sleeper, NULL))                                                                      \
  CALL(pthread_timedjoin_np, pthread_timedjoin_np(sleeper, NULL, &later))                                              \
  CALL(pthread_clockjoin_np, pthread_clockjoin_np(sleeper, NULL, CLOCK_REALTIME, &later))                              \
  CALL(accept, accept(listening, NULL, NULL))                                                                          \
  CALL(accept4, accept4(listening, NULL, NULL, 0))                                                                     \
  CALL(recv, recv(silent_socket[0], buf, 1, 0))                                                                        \
  CALL(recvfrom, recvfrom(silent_socket[0], buf, 1, 0, NULL, NULL))                                                    \
  CALL(recvmsg, recvmsg(silent_socket[0], &message, 0))                                                                \
  CALL(recvmmsg, recvmmsg(silent_socket[0], &messages, 1, 0, NULL))                                                    \
  CALL(send, send(full_socket[0], big, sizeof big, 0))                                                                 \
  CALL(sendto, sendto(full_socket[0], big, sizeof big, 0, NULL, 0))                                                    \
  CALL(sendmsg, sendmsg(full_socket[0], &bigmessage, 0))                                                               \
  CALL(eventfd_read, eventfd_read(counter, &value))                                                                    \
  CALL(waitpid, waitpid(child, &n, 0))                                                                                 \
  CALL(wait, wait(&n))                                                                                                 \
  CALL(wait4, wait4(child, &n, 0, NULL))                                                                               \
  CALL(waitid, waitid(P_PID, (id_t)child, &info, WEXITED))                                                             \
  CALL(mq_receive, mq_receive(mq, big, sizeof big, NULL))                                                              \
  CALL(mq_timedreceive, mq_timedreceive(mq, big, sizeof big, NULL, &later))                                            \
  CALL(mq_send, mq_send(full_mq, "x", 1, 0))                                                                           \
  CALL(mq_timedsend, mq_timedsend(full_mq, "x", 1, 0, &later))                                                         \
  CALL(msgrcv, msgrcv(queue, big, 8, 5, 0))                                                                            \
  CALL(msgsnd, fill_queue())                                                                                           \
  CALL(lockf, lockf(locked_file, F_LOCK, 0))                                                                           \
  CALL(fcntl, fcntl(locked_file, F_SETLKW, &whole))                                                                    \
  CALL(aio_suspend, aio_suspend(&waiting, 1, NULL))                                                                    \
  CALL(open, open(fifo, O_RDONLY))                                                                                     \
  CALL(creat, for (;;) close(creat(file, 0600)))                                                                       \
  CALL(fsync, for (;;) fsync(locked_file))                                                                             \
  CALL(fdatasync, for (;;) fdatasync(locked_file))                                                                     \
  CALL(msync, for (;;) msync(page, 4096, MS_SYNC))                                                                     \
  CALL(tcdrain, for (;;) tcdrain(locked_file))                                                                         \
  CALL(connect, for (;;) connect(listening, (struct sockaddr *)&nobody, sizeof nobody))                                \
  CALL(close, for (;;) close(-1))                                                                                      \
  CALL(system, system("exec sleep 1000"))                                                                                   \
  CALL(pthread_testcancel, for (;;) pthread_testcancel())                                                              \
  CALL(printf, for (;;) fprintf(null, "%s", big))                                                                      \
  CALL(fgetc, fgetc(pipe_stream))                                                                                      \
  CALL(fgets, fgets(buf, 8, pipe_stream))                                                                              \
  CALL(fread, fread(buf, 1, 8, pipe_stream))                                                                           \
  CALL(getline, getline(&line, &room, pipe_stream))                                                                    \
  CALL(fscanf, fscanf(pipe_stream, "%d", &n))

static FILE *null, *pipe_stream;
static char fifo[] = "robust.fifo.XXXXXX", *page;

#define IN_COND(call)                                                                                                  \
  pthread_mutex_lock(&for_cond);                                                                                       \
  pthread_cleanup_push(unlock_cond, &for_cond);                                                                        \
  for (;;)                                                                                                             \
    call;                                                                                                              \
  pthread_cleanup_pop(1)

static void fill_queue(void) {
  struct {
    long type;
    char text[4096];
  } x = {1, {0}};
  for (;;)
    msgsnd(queue, &x, sizeof x.text, 0);
}

static const char *names[] = {
#define CALL(name, code) #name,
    CALLS
#undef CALL
};
enum { COUNT = sizeof names / sizeof *names };
static int started;

static void *blocks(void *arg) {
  const int which = (int)(size_t)arg;
  char buf[8], *line = NULL;
  size_t room = 0;
  int n;
  sigset_t usr2, none;
  siginfo_t info;
  struct iovec v = {buf, 1}, bigv = {big, sizeof big};
  struct msghdr message = {.msg_iov = &v, .msg_iovlen = 1}, bigmessage = {.msg_iov = &bigv, .msg_iovlen = 1};
  struct mmsghdr messages = {.msg_hdr = message};
  struct epoll_event event;
  struct flock whole = {.l_type = F_WRLCK};
  struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = 1};
  struct aiocb io = {.aio_fildes = empty_pipe[0], .aio_buf = buf, .aio_nbytes = 1};
  const struct aiocb *waiting = &io;
  const struct timespec later = long_after(CLOCK_REALTIME);
  eventfd_t value;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  sigemptyset(&none);
  sigaddset(&none, SIGCHLD);
  pthread_mutex_t *mine = malloc(sizeof *mine); // freed by nobody: the thread holds it when it is cancelled
  pthread_mutex_init(mine, NULL);
  pthread_mutex_lock(mine);
  pthread_mutex_lock(&m);
  held++;
  pthread_mutex_unlock(&m);
  if (!strcmp(names[which], "aio_suspend"))
    MUST(!aio_read(&io));
  pthread_mutex_unlock(mine);
  __atomic_store_n(&started, which, __ATOMIC_RELEASE);
  switch (which) {
#define CALL(name, code)                                                                                               \
  case __COUNTER__:                                                                                                    \
    code;                                                                                                              \
    break;
    CALLS
  }
  return NULL;
}
#endif

#if CASE == 2 || CASE == 4
static long steps;
static void *locks_and_heap(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  // Nothing here is safe under asynchronous cancellation but what the detector does for it.
  for (;;) {
    __atomic_fetch_add(&steps, 1, __ATOMIC_ACQ_REL);
    __atomic_load_n(&steps, __ATOMIC_ACQUIRE);
    ((volatile long *)arg)[0]++;
  }
}
#endif

#if CASE == 3
static int spins;
static void *spin(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  __atomic_store_n(&spins, 1, __ATOMIC_RELEASE);
  for (;;)
    __asm__ volatile("");
}
#endif

#if CASE == 5
static int word[64];
static void *reports(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
#ifdef RACY
#define ONE(i) word[i]++;
  ONE(0) ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9)
#endif
  touch_raced();
  for (;;)
    pause();
}
#endif

#if CASE == 6
static int ready;
static void *disabled(void *arg) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  usleep(3000);
  free(malloc(100));
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  for (;;)
    pause();
}
#endif

#if CASE == 7
static int in_cleanup;
__attribute__((noinline)) static void cleanup_races(void *arg) {
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
  in_cleanup++;
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
}
static void *waits(void *arg) {
  pthread_cleanup_push(cleanup_races, NULL);
  for (;;)
    pause();
  pthread_cleanup_pop(1);
}
#endif

#if CASE == 8
static pthread_key_t key;
static int destroyed; // guarded by m
static void destroy(void *p) {
  pthread_mutex_lock(&m);
  destroyed++;
  pthread_mutex_unlock(&m);
  free(p);
}
static void *with_key(void *arg) {
  pthread_setspecific(key, malloc(10));
  for (;;)
    pause();
}
#endif

static void tick(int s) {}

static void cancel(pthread_t t) {
  void *result;
  MUST(!pthread_cancel(t));
  MUST(!pthread_join(t, &result));
  MUST(result == PTHREAD_CANCELED);
}

static void *sleeps(void *arg) {
  for (;;)
    pause();
}

int main(void) {
  pthread_t t, other;
  (void)unlock, (void)tick;
  MUST(!pthread_create(&sleeper, NULL, sleeps, NULL));
#if CASE == 1
  sigset_t usr2;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &usr2, NULL);
  MUST(!pipe(empty_pipe) && !pipe(full_pipe) && !socketpair(AF_UNIX, SOCK_STREAM, 0, silent_socket));
  MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, full_socket) && !sem_init(&never_posted, 0, 0));
  listening = socket(AF_INET, SOCK_STREAM, 0);
  MUST(!listen(listening, 1) && (counter = eventfd(0, 0)) >= 0 && (watched = epoll_create1(0)) >= 0);
  MUST((locked_file = mkstemp(file)) >= 0 && write(locked_file, big, 4096) == 4096);
  page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, locked_file, 0);
  MUST(page != MAP_FAILED);
  MUST((null = fopen("/dev/null", "w")) && (pipe_stream = fdopen(dup(empty_pipe[0]), "r")));
  snprintf(name, sizeof name, "/rb%d", (int)getpid());
  struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = 16};
  mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a);
  mq_unlink(name);
  full_mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a);
  mq_unlink(name);
  const int have_mq = mq != (mqd_t)-1 && full_mq != (mqd_t)-1 && !mq_send(full_mq, "x", 1, 0);
  queue = msgget(IPC_PRIVATE, 0600);
  MUST(mktemp(fifo) && !mkfifo(fifo, 0600));
  child = fork();
  if (child == 0) {
    lockf(locked_file, F_LOCK, 0);
    for (;;)
      pause();
  }
  while (lockf(locked_file, F_TEST, 0) == 0)
    usleep(1000);
  memset(big, '1', sizeof big);
  for (size_t i = 0; i < COUNT; i++) {
    if ((!strncmp(names[i], "mq_", 3) && !have_mq) || (!strncmp(names[i], "msg", 3) && queue < 0))
      continue;
    MUST(!pthread_create(&t, NULL, blocks, (void *)i));
    while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) != (int)i)
      sched_yield();
    usleep(500);
    void *result;
    alarm(20); // says which
    MUST(!pthread_cancel(t) && !pthread_join(t, &result));
    if (result != PTHREAD_CANCELED) {
      fprintf(stderr, "%s was not cancelled\n", names[i]);
      GIVE_UP();
    }
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  msgctl(queue, IPC_RMID, NULL);
  unlink(file);
  unlink(fifo);
  MUST(held > 40);
#elif CASE == 2 || CASE == 4
#if CASE == 4
  signal(SIGALRM, tick);
  const struct itimerval often = {{0, 150}, {0, 150}};
  setitimer(ITIMER_REAL, &often, NULL);
#endif
  for (int i = 0; i < 60; i++) {
    static long own[2][8];
    MUST(!pthread_create(&t, NULL, locks_and_heap, own[0]));
    MUST(!pthread_create(&other, NULL, locks_and_heap, own[1]));
    usleep(300 + i * 37 % 500);
    cancel(t);
    cancel(other);
  }
#if CASE == 4
  const struct itimerval none = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &none, NULL);
#endif
#elif CASE == 3
  for (int i = 0; i < 30; i++) {
    __atomic_store_n(&spins, 0, __ATOMIC_RELEASE);
    MUST(!pthread_create(&t, NULL, spin, NULL));
    while (!__atomic_load_n(&spins, __ATOMIC_ACQUIRE))
      sched_yield();
    cancel(t);
  }
#elif CASE == 5
  for (int i = 0; i < 20; i++) {
    MUST(!pthread_create(&t, NULL, reports, NULL));
    MUST(!pthread_create(&other, NULL, reports, NULL));
    usleep(i * 100);
    cancel(t);
    cancel(other);
  }
  return 0; // the lock of a thread cancelled at any place may be taken
#elif CASE == 6
  for (int i = 0; i < 10; i++) {
    __atomic_store_n(&ready, 0, __ATOMIC_RELEASE);
    MUST(!pthread_create(&t, NULL, disabled, NULL));
    while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
      sched_yield();
    cancel(t);
  }
#elif CASE == 7
  MUST(!pthread_create(&t, NULL, waits, NULL) && !pthread_create(&other, NULL, waits, NULL));
  usleep(1000);
  MUST(!pthread_cancel(t) && !pthread_cancel(other) && !pthread_join(t, NULL) && !pthread_join(other, NULL));
#elif CASE == 8
  pthread_key_create(&key, destroy);
  for (int i = 0; i < 20; i++) {
    MUST(!pthread_create(&t, NULL, with_key, NULL));
    usleep(1000);
    cancel(t);
  }
  MUST(destroyed == 20);
#endif
  race_now();
  cancel(sleeper);
  return 0;
}
