#include "Fixes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace redflag::lint;

void Fixes::add(const json::Object &Fix) {
  const auto File = Fix.getString("file"), Text = Fix.getString("text");
  const auto Offset = Fix.getInteger("offset"), Length = Fix.getInteger("length");
  if (File && Text && Offset && Length && *Offset >= 0 && *Length >= 0)
    ByFile[File->str()].insert({uint64_t(*Offset), uint64_t(*Length), Text->str()});
}

static bool replace(StringRef Path, StringRef Text, Tell T) {
  sys::fs::perms Mode = sys::fs::perms::all_read | sys::fs::perms::owner_write;
  if (auto Given = sys::fs::getPermissions(Path))
    Mode = *Given;
  auto Beside = sys::fs::TempFile::create(Path + ".%%%%%%", Mode);
  if (!Beside) {
    T((Path + ": cannot be changed: " + toString(Beside.takeError())).str());
    return false;
  }
  raw_fd_ostream Out(Beside->FD, /*shouldClose=*/false);
  Out << Text;
  Out.flush();
  const bool Written = !Out.has_error();
  Out.clear_error();
  if (Error E = Written ? Beside->keep(Path) : Beside->discard()) {
    T((Path + ": cannot be changed: " + toString(std::move(E))).str());
    return false;
  }
  if (!Written)
    T((Path + ": cannot be changed: the disk is full?").str());
  return Written;
}

unsigned Fixes::apply(Tell T) const {
  unsigned Made = 0;
  for (const auto &[Path, Changes] : ByFile) {
    auto Buffer = MemoryBuffer::getFile(Path);
    if (!Buffer) {
      T(Path + ": cannot be read: " + Buffer.getError().message());
      continue;
    }
    const StringRef Old = (*Buffer)->getBuffer();
    std::string New;
    uint64_t At = 0;
    unsigned Here = 0;
    for (const auto &[Offset, Length, Text] : Changes) {
      if (Offset < At || Offset + Length > Old.size())
        continue; // it overlaps the one before
      New += Old.slice(At, Offset);
      New += Text;
      At = Offset + Length;
      ++Here;
    }
    New += Old.substr(At);
    if (Here && replace(Path, New, T))
      Made += Here;
  }
  return Made;
}
