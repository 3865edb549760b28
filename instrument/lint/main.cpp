// redflag-lint: the part of `redflag lint` that knows clang. It writes findings to standard output as a report
// file; `redflag lint` judges and shows them.
#include "Fixes.h"
#include "Workers.h"
#include "clang/Driver/Options.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

using namespace llvm;
using namespace redflag::lint;
namespace path = llvm::sys::path;

static constexpr int Failed = 1, Usage = 2;

namespace {
struct Options {
  std::string Database; // empty: none
  std::vector<std::string> Files, Flags;
  bool HasFlags = false; // -- was given
  bool Fix = false;
  unsigned Jobs = 1;
  Settings S;
};
} // namespace

static bool Trouble;

static void say(const std::string &Text) {
  std::string Line = Text;
  for (char &C : Line)
    if ((unsigned char)C < ' ' || C == 127)
      C = '?'; // names of files may hold anything
  fprintf(stderr, "redflag: %s\n", Line.c_str());
}

[[noreturn]] static void usage(const std::string &Text) {
  say("lint: " + Text);
  exit(Usage);
}

// ---- Where clang's headers are ----

static bool isResourceDirectory(StringRef Path) { return sys::fs::exists(Path + "/include/stddef.h"); }

// Beside the library that holds the front end, else where clang-19 says.
static std::string resourceDirectory() {
  Dl_info Info;
  SmallString<256> Real;
  if (dladdr(reinterpret_cast<const void *>(&clang::driver::getDriverOptTable), &Info) && Info.dli_fname &&
      !sys::fs::real_path(Info.dli_fname, Real)) {
    path::remove_filename(Real);
    for (const char *Below : {"clang/19", "../llvm-19/lib/clang/19"}) {
      const std::string Found = absolutePath(Real, Below);
      if (isResourceDirectory(Found))
        return Found;
    }
  }
  const char *Given = getenv("REDFLAG_CLANG");
  if (auto Clang = sys::findProgramByName(Given && *Given ? Given : "clang-19")) {
    SmallString<256> Output;
    if (!sys::fs::createTemporaryFile("redflag-lint", "txt", Output)) {
      std::optional<StringRef> Redirects[] = {std::nullopt, StringRef(Output), std::nullopt};
      std::string Found;
      if (!sys::ExecuteAndWait(*Clang, {*Clang, "-print-resource-dir"}, std::nullopt, Redirects, 10))
        if (auto Buffer = MemoryBuffer::getFile(Output))
          Found = (*Buffer)->getBuffer().trim().str();
      sys::fs::remove(Output);
      if (isResourceDirectory(Found))
        return Found;
    }
  }
  say("lint: clang's own headers were not found; install libclang-common-19-dev or set REDFLAG_CLANG");
  exit(Failed);
}

// ---- The command line ----

static void printChecks() {
  for (const Check *C : checks())
    printf("  %-24s %s%s\n", C->Name, C->About, C->OnByDefault ? "" : " (off)");
}

static Options parse(int argc, char **argv) {
  Options O;
  std::string Mistake;
  for (int I = 1; I < argc; ++I) {
    StringRef A = argv[I];
    if (A == "--") {
      O.HasFlags = true;
      O.Flags.assign(argv + I + 1, argv + argc);
      break;
    }
    if (A.consume_front("--checks=")) {
      if (A == "help") {
        printChecks();
        exit(0);
      }
      if (!O.S.Wanted.parse(A, Mistake))
        usage(Mistake);
    } else if (A.consume_front("--database=")) {
      O.Database = A.str();
    } else if (A.consume_front("--jobs=")) {
      if (A.getAsInteger(10, O.Jobs) || !O.Jobs || O.Jobs > 1024)
        usage("-j takes a number from 1 to 1024");
    } else if (A == "--fix") {
      O.Fix = true;
    } else if (A == "--only-parse") {
      O.S.Plain = true;
    } else if (A.starts_with("-") && A.size() > 1) {
      usage("unknown option '" + A.str() + "'; options come before files, flags of the compiler after --");
    } else {
      O.Files.push_back(A.str());
    }
  }
  return O;
}

static std::vector<Command> commandsOf(const Options &O) {
  std::vector<Command> All, Wanted;
  auto Tell = [](std::string Text) {
    say(Text);
    Trouble = true;
  };
  if (O.Database.empty()) {
    for (const std::string &File : O.Files) {
      Command C{O.S.Home, absolutePath(O.S.Home, File), {"cc"}};
      const StringRef Extension = path::extension(File);
      if (Extension != ".c" && Extension != ".h" && Extension != ".i")
        C.Arguments = {"c++"};
      C.Arguments.insert(C.Arguments.end(), O.Flags.begin(), O.Flags.end());
      Wanted.push_back(std::move(C));
    }
    return Wanted;
  }
  if (!readDatabase(O.Database, All, Tell))
    exit(Failed);
  StringSet<> Asked, Known;
  for (const std::string &File : O.Files)
    Asked.insert(absolutePath(O.S.Home, File));
  StringSet<> Seen;
  for (Command &C : All) {
    const StringRef Extension = path::extension(C.File);
    if ((!O.Files.empty() && !Asked.count(C.File)) || Extension == ".s" || Extension == ".S")
      continue;
    Known.insert(C.File);
    C.Arguments.insert(C.Arguments.end(), O.Flags.begin(), O.Flags.end());
    // Some builds compile a file twice in the same way, for an archive and for a shared library.
    std::string Same = C.File;
    for (const std::string &Word : C.Arguments)
      if (StringRef(Word).starts_with("-D") || StringRef(Word).starts_with("-I"))
        Same += '\0' + Word;
    if (Seen.insert(Same).second)
      Wanted.push_back(std::move(C));
  }
  for (const std::string &File : O.Files)
    if (!Known.count(absolutePath(O.S.Home, File)))
      Tell(File + ": not linted: " + O.Database + " does not tell how it is compiled");
  return Wanted;
}

static int64_t now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

int main(int argc, char **argv) {
  Options O = parse(argc, argv);
  SmallString<256> Home, Own;
  if (sys::fs::current_path(Home)) {
    say("lint: the working directory is gone");
    return Failed;
  }
  O.S.Home = std::string(Home);
  sys::fs::real_path("/proc/self/exe", Own);
  path::remove_filename(Own);
  path::append(Own, "include");
  O.S.OwnHeaders = std::string(Own);
  O.S.ResourceDirectory = resourceDirectory();
  const std::vector<Command> Commands = commandsOf(O);
  const int64_t Begin = now(), Pid = getpid();
  outs() << json::Value(json::Object{{"redflag", json::Object{{"schema", 1}, {"version", RF_VERSION}}},
                                     {"type", "process"},
                                     {"pid", Pid},
                                     {"parent", int64_t(getppid())},
                                     {"start_ms", Begin},
                                     {"cwd", json::fixUTF8(O.S.Home)},
                                     {"command", json::Array{"redflag", "lint"}}})
         << "\n";
  StringSet<> Seen; // a header's findings come from many units
  Fixes Changes;
  auto Tell = [](std::string Text) {
    say(Text);
    Trouble = true;
  };
  lintAll(Commands, O.S, O.Jobs, [&](StringRef Line) {
    Expected<json::Value> V = json::parse(Line);
    const json::Object *Object = V ? V->getAsObject() : nullptr;
    if (!V)
      consumeError(V.takeError());
    if (!Object)
      return;
    const StringRef Type = Object->getString("type").value_or("");
    if (Type == "note") {
      const StringRef Text = Object->getString("text").value_or("");
      say(Text.str());
      Trouble |= !Text.contains(": note: ");
    } else if (Type == "fix") {
      Changes.add(*Object);
    } else if (Seen.insert(Object->getString("id").value_or("")).second) {
      outs() << Line << "\n";
    }
  });
  if (O.Fix) {
    const unsigned Made = Changes.apply(Tell);
    say("lint: " + std::to_string(Made) + (Made == 1 ? " change made" : " changes made"));
  }
  outs() << json::Value(json::Object{{"type", "end"},
                                     {"pid", Pid},
                                     {"time_ms", now()},
                                     {"races", 0},
                                     {"findings", int64_t(Seen.size())},
                                     {"further", 0},
                                     {"not_shown", 0},
                                     {"suppressions", json::Array{}},
                                     {"plain", json::Array{}}})
         << "\n";
  outs().flush();
  if (outs().has_error()) {
    outs().clear_error();
    say("lint: standard output cannot be written");
    return Failed;
  }
  return Trouble ? Failed : 0;
}
