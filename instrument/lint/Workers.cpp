#include "Workers.h"
#include "llvm/Support/MemoryBuffer.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace redflag::lint;

namespace {

// Shared by all processes.
struct Board {
  std::atomic<size_t> Next;
};

struct Worker {
  FILE *Lines;
  std::atomic<size_t> *At; // the unit it is at, shared; NoUnit: none
};

constexpr size_t NoUnit = ~size_t(0);

[[noreturn]] void work(const std::vector<Command> &Commands, const Settings &S, Board &B, const Worker &W) {
  // What clang says on its own account, such as a stack trace, says nothing about the user's program.
  if (!freopen("/dev/null", "w", stderr))
    _exit(1);
  llvm::raw_fd_ostream Out(fileno(W.Lines), /*shouldClose=*/false);
  for (size_t I; (I = B.Next.fetch_add(1)) < Commands.size();) {
    W.At->store(I);
    std::string Text;
    llvm::raw_string_ostream Buffer(Text);
    lintUnit(Commands[I], S, Buffer);
    Out << Text; // a unit's lines are there whole or not at all
    Out.flush();
    W.At->store(NoUnit);
  }
  _exit(Out.has_error() ? 1 : 0);
}

void *sharedMemory(size_t Bytes) {
  void *At = mmap(nullptr, Bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (At == MAP_FAILED) {
    fprintf(stderr, "redflag: lint: no memory to share: %s\n", strerror(errno));
    exit(1);
  }
  return At;
}

void readLines(FILE *From, llvm::function_ref<void(llvm::StringRef)> Line) {
  char *Text = nullptr;
  size_t Capacity = 0;
  rewind(From);
  for (ssize_t N; (N = getline(&Text, &Capacity, From)) > 0;)
    Line(llvm::StringRef(Text, size_t(N)).rtrim('\n'));
  free(Text);
}

} // namespace

void redflag::lint::lintAll(const std::vector<Command> &Commands, const Settings &S, unsigned Jobs,
                            llvm::function_ref<void(llvm::StringRef)> Line) {
  const unsigned Count = unsigned(std::min<size_t>(Jobs, std::max<size_t>(Commands.size(), 1)));
  auto *B = new (sharedMemory(sizeof(Board))) Board{};
  auto *At = static_cast<std::atomic<size_t> *>(sharedMemory(Count * sizeof(std::atomic<size_t>)));
  std::vector<Worker> Workers(Count);
  std::map<pid_t, unsigned> Running;
  std::vector<std::string> Notes;
  auto Begin = [&](unsigned I) {
    At[I].store(NoUnit);
    const pid_t Child = fork();
    if (Child == 0)
      work(Commands, S, *B, Workers[I]);
    if (Child < 0)
      Notes.push_back(std::string("lint: no process can be made: ") + strerror(errno));
    else
      Running[Child] = I;
  };
  fflush(nullptr);
  for (unsigned I = 0; I < Count; ++I) {
    Workers[I] = {tmpfile(), &At[I]};
    if (!Workers[I].Lines) {
      fprintf(stderr, "redflag: lint: no temporary file can be made: %s\n", strerror(errno));
      exit(1);
    }
    Begin(I);
  }
  while (!Running.empty()) {
    int Status = 0;
    const pid_t Child = wait(&Status);
    const auto Found = Running.find(Child);
    if (Child < 0 && errno != EINTR)
      break;
    if (Found == Running.end())
      continue;
    const unsigned I = Found->second;
    Running.erase(Found);
    if (WIFEXITED(Status) && WEXITSTATUS(Status) == 0)
      continue;
    const size_t Unit = At[I].load();
    if (Unit < Commands.size())
      Notes.push_back(Commands[Unit].File + ": not linted: clang " +
                      (WIFSIGNALED(Status) ? "was ended by signal " + std::to_string(WTERMSIG(Status))
                                           : "ended with status " + std::to_string(WEXITSTATUS(Status))));
    else
      Notes.push_back("lint: what a process has found could not be written");
    if (Unit < Commands.size())
      Begin(I); // the others that are left
  }
  for (const Worker &W : Workers) {
    readLines(W.Lines, Line);
    fclose(W.Lines);
  }
  for (const std::string &Text : Notes) {
    std::string Note;
    llvm::raw_string_ostream OS(Note);
    writeNote(OS, Text);
    Line(llvm::StringRef(Note).rtrim('\n'));
  }
  munmap(B, sizeof(Board));
  munmap(At, Count * sizeof(std::atomic<size_t>));
}
