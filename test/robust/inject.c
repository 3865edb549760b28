// Makes system calls of a program fail, without ptrace: a seccomp filter hands each call of one kind to this process,
// which answers it or lets it go on. Usage: inject NAME ERRNO WHEN PROGRAM ARGUMENT...
//   WHEN is as with strace: N the N-th call, N+ that and all later ones; 0 none. The count of the calls goes to the
//   file that INJECT_COUNT names.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
  const char *name;
  long number;
} calls[] = {
    {"mmap", SYS_mmap},           {"munmap", SYS_munmap},
    {"mremap", SYS_mremap},       {"madvise", SYS_madvise},
    {"mincore", SYS_mincore},     {"membarrier", SYS_membarrier},
    {"openat", SYS_openat},       {"process_vm_readv", SYS_process_vm_readv},
    {"mprotect", SYS_mprotect},   {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"clone3", SYS_clone3},       {"pread64", SYS_pread64},
    {"ioctl", SYS_ioctl},         {"sched_yield", SYS_sched_yield},
};

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static int install(long number) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    fail("no_new_privs");
  const long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (fd < 0)
    fail("seccomp");
  return (int)fd;
}

union control {
  struct cmsghdr head;
  char room[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int to, int fd) {
  char byte = 0;
  struct iovec v = {&byte, 1};
  union control c = {.head = {CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS}};
  const struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
  memcpy(CMSG_DATA(&c.head), &fd, sizeof fd);
  if (sendmsg(to, &m, 0) != 1)
    fail("sendmsg");
}

static int receive_fd(int from) {
  char byte;
  int fd;
  struct iovec v = {&byte, 1};
  union control c;
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
  if (recvmsg(from, &m, 0) != 1 || m.msg_controllen < sizeof c.head)
    exit(125); // the child has said why
  memcpy(&fd, CMSG_DATA(&c.head), sizeof fd);
  return fd;
}

static unsigned long serve(int fd, int error, unsigned long when, int later_too) {
  unsigned long count = 0;
  for (;;) {
    struct pollfd p = {fd, POLLIN, 0};
    struct seccomp_notif request = {0};
    if (poll(&p, 1, -1) < 0 && errno != EINTR)
      fail("poll");
    if (p.revents & POLLHUP)
      return count; // nobody is left under the filter
    if (!(p.revents & POLLIN) || ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request))
      continue;
    count++;
    struct seccomp_notif_resp answer = {.id = request.id};
    if (when && (count == when || (later_too && count > when)))
      answer.error = -error;
    else
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer); // fails if the caller was killed meanwhile
  }
}

int main(int argc, char **argv) {
  int pair[2], status;
  if (argc < 5) {
    fprintf(stderr, "usage: inject NAME ERRNO WHEN PROGRAM ARGUMENT...\n");
    return 125;
  }
  long number = -1;
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
    if (!strcmp(argv[1], calls[i].name))
      number = calls[i].number;
  char *rest;
  const unsigned long when = strtoul(argv[3], &rest, 10);
  if (number < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
    fail(argv[1]);
  const pid_t child = fork();
  if (child == 0) {
    const int fd = install(number);
    send_fd(pair[1], fd);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    execv(argv[4], argv + 4);
    fail(argv[4]);
  }
  close(pair[1]);
  const int fd = receive_fd(pair[0]);
  const unsigned long count = serve(fd, atoi(argv[2]), when, *rest == '+');
  if (getenv("INJECT_COUNT")) {
    FILE *f = fopen(getenv("INJECT_COUNT"), "w");
    if (!f)
      fail("INJECT_COUNT");
    fprintf(f, "%lu\n", count);
    fclose(f);
  }
  if (waitpid(child, &status, 0) != child)
    fail("waitpid");
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}
