#include "Commands.h"
#include "clang/Driver/Options.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;
using namespace redflag::lint;
namespace path = llvm::sys::path;

static constexpr uint64_t DatabaseMax = 256u << 20, ResponseMax = 4u << 20;
static constexpr unsigned DepthMax = 16, ResponseDepthMax = 8;
static constexpr size_t ArgumentsMax = 100000;

std::string redflag::lint::absolutePath(StringRef Directory, StringRef Path) {
  SmallString<256> Whole(path::is_absolute(Path) ? "" : Directory);
  path::append(Whole, Path);
  path::remove_dots(Whole, /*remove_dot_dot=*/true);
  return std::string(Whole);
}

// ---- Reading ----

// Null: told why. Regular files only, so that it comes to an end.
static std::unique_ptr<MemoryBuffer> readFile(const Twine &Path, uint64_t Max, Tell T) {
  sys::fs::file_status Status;
  const std::string Name = Path.str();
  if (std::error_code Error = sys::fs::status(Name, Status)) {
    T(Name + ": cannot be read: " + Error.message());
    return nullptr;
  }
  if (Status.type() != sys::fs::file_type::regular_file) {
    T(Name + ": is no regular file");
    return nullptr;
  }
  if (Status.getSize() > Max) {
    T(Name + ": is larger than " + std::to_string(Max >> 20) + " MiB");
    return nullptr;
  }
  auto Buffer = MemoryBuffer::getFile(Name);
  if (!Buffer) {
    T(Name + ": cannot be read: " + Buffer.getError().message());
    return nullptr;
  }
  return std::move(*Buffer);
}

// The parser calls itself for each level, and a database has two.
static bool isTooDeep(StringRef Text) {
  unsigned Depth = 0;
  bool Quoted = false;
  for (size_t I = 0; I < Text.size(); ++I) {
    const char C = Text[I];
    if (Quoted && C == '\\')
      ++I;
    else if (C == '"')
      Quoted = !Quoted;
    else if (!Quoted && (C == '[' || C == '{') && ++Depth > DepthMax)
      return true;
    else if (!Quoted && (C == ']' || C == '}') && Depth)
      --Depth;
  }
  return false;
}

static const char *readEntry(const json::Value &V, StringRef Home, Command &C) {
  const json::Object *O = V.getAsObject();
  if (!O)
    return "is no object";
  const auto File = O->getString("file"), Directory = O->getString("directory"), Line = O->getString("command");
  const json::Array *Words = O->getArray("arguments");
  if (!File || File->empty())
    return "has no \"file\"";
  if (!Line && !Words)
    return "has neither \"command\" nor \"arguments\"";
  C.Directory = absolutePath(Home, Directory ? *Directory : ".");
  C.File = absolutePath(C.Directory, *File);
  if (Words) {
    for (const json::Value &Word : *Words) {
      const auto Text = Word.getAsString();
      if (!Text)
        return "has \"arguments\" that are no strings";
      C.Arguments.push_back(Text->str());
    }
  } else {
    BumpPtrAllocator Memory;
    StringSaver Saver(Memory);
    SmallVector<const char *, 64> Split;
    cl::TokenizeGNUCommandLine(*Line, Saver, Split);
    C.Arguments.assign(Split.begin(), Split.end());
  }
  for (const std::string &Word : C.Arguments)
    if (Word.find('\0') != std::string::npos)
      return "has a NUL byte in its command";
  if (C.File.find('\0') != std::string::npos || C.Directory.find('\0') != std::string::npos)
    return "has a NUL byte in a name";
  return C.Arguments.empty() ? "has an empty command" : nullptr;
}

bool redflag::lint::readDatabase(StringRef Path, std::vector<Command> &Into, Tell T) {
  SmallString<256> Name(Path);
  if (sys::fs::is_directory(Path))
    path::append(Name, "compile_commands.json");
  sys::fs::make_absolute(Name);
  std::unique_ptr<MemoryBuffer> Buffer = readFile(Name, DatabaseMax, T);
  if (!Buffer)
    return false;
  if (isTooDeep(Buffer->getBuffer())) {
    T((Name + ": is no compilation database: it is nested too deeply").str());
    return false;
  }
  Expected<json::Value> Root = json::parse(Buffer->getBuffer());
  if (!Root) {
    T((Name + ": is not JSON: " + toString(Root.takeError())).str());
    return false;
  }
  const json::Array *Entries = Root->getAsArray();
  if (!Entries) {
    T((Name + ": is no compilation database: it needs a list of objects").str());
    return false;
  }
  const StringRef Home = path::parent_path(Name);
  unsigned Wrong = 0;
  for (size_t I = 0; I < Entries->size(); ++I) {
    Command C;
    if (const char *Mistake = readEntry((*Entries)[I], Home, C)) {
      if (Wrong++ < 10)
        T((Name + ": entry " + Twine(I + 1) + " " + Mistake + "; it is left out").str());
    } else {
      Into.push_back(std::move(C));
    }
  }
  if (Wrong > 10)
    T((Name + ": and " + Twine(Wrong - 10) + " more entries like this").str());
  return !Entries->empty() ? !Into.empty() : true;
}

// ---- Arguments ----

static void expand(const Command &C, const std::vector<std::string> &From, std::vector<std::string> &To,
                   unsigned Depth, Tell T) {
  for (const std::string &Word : From) {
    if (To.size() >= ArgumentsMax)
      return;
    if (Word.size() < 2 || Word[0] != '@') {
      To.push_back(Word);
      continue;
    }
    if (Depth >= ResponseDepthMax) {
      T(C.File + ": response files name each other: " + Word);
      return;
    }
    std::unique_ptr<MemoryBuffer> Buffer = readFile(absolutePath(C.Directory, Word.substr(1)), ResponseMax, T);
    if (!Buffer)
      continue;
    BumpPtrAllocator Memory;
    StringSaver Saver(Memory);
    SmallVector<const char *, 64> Split;
    cl::TokenizeGNUCommandLine(Buffer->getBuffer(), Saver, Split);
    expand(C, std::vector<std::string>(Split.begin(), Split.end()), To, Depth + 1, T);
  }
}

// `ccache gcc`: the compiler is what such a program runs.
static size_t compilerIndex(const std::vector<std::string> &Arguments) {
  static const char *const Launchers[] = {"ccache", "distcc", "sccache", "icecc", "env"};
  size_t I = 0;
  while (I + 1 < Arguments.size() && is_contained(Launchers, path::filename(Arguments[I])))
    ++I;
  return I;
}

static bool isDropped(const opt::Arg *A) {
  using namespace clang::driver::options;
  static const unsigned Ids[] = {OPT_c,
                                 OPT_S,
                                 OPT_E,
                                 OPT_o,
                                 OPT_M,
                                 OPT_MM,
                                 OPT_MD,
                                 OPT_MMD,
                                 OPT_MF,
                                 OPT_MT,
                                 OPT_MQ,
                                 OPT_MG,
                                 OPT_MP,
                                 OPT_MJ,
                                 OPT_MV,
                                 OPT_fplugin_EQ,
                                 OPT_fpass_plugin_EQ,
                                 OPT_Xclang,
                                 OPT_mllvm,
                                 OPT_INPUT,
                                 OPT_v,
                                 OPT__HASH_HASH_HASH,
                                 OPT_emit_llvm,
                                 OPT_emit_ast,
                                 OPT_fsyntax_only,
                                 OPT_dumpdir,
                                 OPT_time,
                                 OPT_help,
                                 OPT__version,
                                 OPT_resource_dir,
                                 OPT_analyze,
                                 OPT_working_directory};
  const opt::Option &O = A->getOption();
  const StringRef Name = O.getName();
  return is_contained(Ids, O.getID()) || Name.starts_with("print-") || Name.starts_with("save-temps") ||
         Name.starts_with("ftime-") || Name.starts_with("fplugin-arg") || Name.starts_with("-serialize-diag") ||
         Name.starts_with("fcrash-diagnostics") || O.matches(OPT_Link_Group) || O.matches(OPT_W_Group) ||
         Name.starts_with("pedantic");
}

std::vector<std::string> redflag::lint::frontendArguments(const Command &C, StringRef ResourceDirectory,
                                                          StringRef OwnHeaders, Tell T) {
  std::vector<std::string> Expanded;
  expand(C, C.Arguments, Expanded, 0, T);
  if (Expanded.empty())
    Expanded.push_back("cc");
  const size_t Compiler = compilerIndex(Expanded);
  std::vector<std::string> Out{"clang"};
  if (path::filename(Expanded[Compiler]).contains("++"))
    Out.push_back("--driver-mode=g++");
  Out.insert(Out.end(), {"-fsyntax-only", "-w", "-Qunused-arguments", "-fno-crash-diagnostics", "-resource-dir",
                         ResourceDirectory.str(), "-D__REDFLAG__=1", "-isystem", OwnHeaders.str()});
  // What gcc takes with a warning, if at all.
  for (const char *Allowed :
       {"implicit-function-declaration", "implicit-int", "int-conversion", "return-mismatch",
        "incompatible-function-pointer-types", "c++11-narrowing", "reserved-user-defined-literal", "register"})
    Out.push_back(std::string("-Wno-") + Allowed);
  SmallVector<const char *, 64> Words;
  for (size_t I = Compiler + 1; I < Expanded.size(); ++I)
    if (!Expanded[I].empty())
      Words.push_back(Expanded[I].c_str());
  unsigned MissingIndex = 0, MissingCount = 0;
  const opt::InputArgList Parsed = clang::driver::getDriverOptTable().ParseArgs(
      Words, MissingIndex, MissingCount, opt::Visibility(clang::driver::options::ClangOption));
  std::string Unknown;
  for (const opt::Arg *A : Parsed) {
    if (A->getOption().getID() == clang::driver::options::OPT_UNKNOWN) {
      Unknown += (Unknown.empty() ? "" : " ") + A->getAsString(Parsed);
      continue;
    }
    if (isDropped(A))
      continue;
    opt::ArgStringList Rendered;
    A->render(Parsed, Rendered);
    Out.insert(Out.end(), Rendered.begin(), Rendered.end());
  }
  if (MissingCount)
    T(C.File + ": the last option of its command lacks a value");
  if (!Unknown.empty())
    T(C.File + ": note: without the options that clang does not know: " + Unknown);
  Out.insert(Out.end(), {"--", C.File});
  return Out;
}
