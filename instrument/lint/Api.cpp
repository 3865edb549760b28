#include "Api.h"
#include "clang/AST/DeclCXX.h"
#include "llvm/ADT/StringMap.h"

using namespace clang;
using namespace redflag::lint;

static const Api Functions[] = {
    {"pthread_mutex_lock", Does::Lock, 0, -1, "", true},
    {"pthread_mutex_unlock", Does::Unlock, 0, -1, "", true},
    {"pthread_mutex_trylock", Does::TryLock, 0, -1, "", true},
    {"pthread_mutex_timedlock", Does::TryLock, 0, -1, "", true},
    {"pthread_mutex_clocklock", Does::TryLock, 0, -1, "", true},
    {"pthread_mutex_init", Does::InitLock, 0, -1, "", true},
    {"pthread_mutex_destroy", Does::InitLock, 0, -1, "", true},
    {"pthread_rwlock_rdlock", Does::Lock, 0, -1, "", true},
    {"pthread_rwlock_wrlock", Does::Lock, 0, -1, "", true},
    {"pthread_rwlock_unlock", Does::Unlock, 0, -1, "", true},
    {"pthread_rwlock_tryrdlock", Does::TryLock, 0, -1, "", true},
    {"pthread_rwlock_trywrlock", Does::TryLock, 0, -1, "", true},
    {"pthread_rwlock_timedrdlock", Does::TryLock, 0, -1, "", true},
    {"pthread_rwlock_timedwrlock", Does::TryLock, 0, -1, "", true},
    {"pthread_spin_lock", Does::Lock, 0, -1, "", true},
    {"pthread_spin_unlock", Does::Unlock, 0, -1, "", true},
    {"pthread_spin_trylock", Does::TryLock, 0, -1, "", true},
    {"mtx_lock", Does::Lock, 0, -1, "", true},
    {"mtx_unlock", Does::Unlock, 0, -1, "", true},
    {"mtx_trylock", Does::TryLock, 0, -1, "", true},
    {"mtx_timedlock", Does::TryLock, 0, -1, "", true},
    {"mtx_init", Does::InitLock, 0, -1, "", true},
    {"mtx_destroy", Does::InitLock, 0, -1, "", true},
    {"uv_mutex_lock", Does::Lock, 0, -1, "", false},
    {"uv_mutex_unlock", Does::Unlock, 0, -1, "", false},
    {"uv_mutex_trylock", Does::TryLock, 0, -1, "", true},
    {"uv_rwlock_rdlock", Does::Lock, 0, -1, "r", false},
    {"uv_rwlock_rdunlock", Does::Unlock, 0, -1, "r", false},
    {"uv_rwlock_wrlock", Does::Lock, 0, -1, "", false},
    {"uv_rwlock_wrunlock", Does::Unlock, 0, -1, "", false},
    {"g_mutex_lock", Does::Lock, 0, -1, "", false},
    {"g_mutex_unlock", Does::Unlock, 0, -1, "", false},
    {"g_mutex_trylock", Does::TryLock, 0, -1, "", false},
    {"go_lock", Does::Lock, 0, -1, "", false},
    {"go_unlock", Does::Unlock, 0, -1, "", false},
    {"go_trylock", Does::TryLock, 0, -1, "", false},
    {"go_wlock", Does::Lock, 0, -1, "", false},
    {"go_wunlock", Does::Unlock, 0, -1, "", false},
    {"go_trywlock", Does::TryLock, 0, -1, "", false},
    {"go_rlock", Does::Lock, 0, -1, "r", false},
    {"go_runlock", Does::Unlock, 0, -1, "r", false},
    {"go_tryrlock", Does::TryLock, 0, -1, "r", false},

    {"pthread_cond_wait", Does::CondWait, 0, 1, "", true},
    {"pthread_cond_timedwait", Does::CondTimedWait, 0, 1, "", true},
    {"pthread_cond_clockwait", Does::CondTimedWait, 0, 1, "", true},
    {"cnd_wait", Does::CondWait, 0, 1, "", true},
    {"cnd_timedwait", Does::CondTimedWait, 0, 1, "", true},
    {"go_cond_wait", Does::CondWait, 0, 1, "", true},
    {"uv_cond_wait", Does::CondWait, 0, 1, "", true},
    {"uv_cond_timedwait", Does::CondTimedWait, 0, 1, "", true},
    {"g_cond_wait", Does::CondWait, 0, 1, "", true},
    {"g_cond_wait_until", Does::CondTimedWait, 0, 1, "", true},

    {"pthread_create", Does::Start, 3, 2, "", true},
    {"thrd_create", Does::Start, 2, 1, "", true},
    {"go__func", Does::Start, 1, 0, "", true},
    {"go__group_go", Does::Start, 2, 1, "", true},
    {"go__copy", Does::StartCopy, 1, 0, "", true},
    {"go__after_func", Does::StartLater, 2, 1, "", true},
    {"uv_thread_create", Does::Start, 2, 1, "", true},
    {"uv_thread_join", Does::Join, 0, -1, "", true},
    {"uv_sem_wait", Does::Wait, 0, -1, "", true},
    {"g_thread_join", Does::Join, 0, -1, "", true},
    {"pthread_join", Does::Join, 0, -1, "", true},
    {"pthread_timedjoin_np", Does::Join, 0, -1, "", true},
    {"pthread_tryjoin_np", Does::Join, 0, -1, "", true},
    {"pthread_clockjoin_np", Does::Join, 0, -1, "", true},
    {"thrd_join", Does::Join, 0, -1, "", true},
    {"pthread_detach", Does::Detach, 0, -1, "", true},
    {"thrd_detach", Does::Detach, 0, -1, "", true},
    {"pthread_barrier_wait", Does::Wait, 0, -1, "", true},
    {"sem_wait", Does::Wait, 0, -1, "", true},
    {"sem_timedwait", Does::Wait, 0, -1, "", true},
    {"go_group_wait", Does::Wait, 0, -1, "", true},
    {"go__chan_recv", Does::Wait, 0, -1, "", true},
    {"go__chan_recv_own", Does::Wait, 0, -1, "", true},
    {"go__chan_send", Does::Wait, 0, -1, "", true},
    {"go__chan_send_own", Does::Wait, 0, -1, "", true},
    {"go_selectv", Does::Wait, 0, -1, "", true},
    {"go_once_do", Does::Wait, 0, -1, "", true},
    {"sleep", Does::Sleep, 0, -1, "", true},
    {"usleep", Does::Sleep, 0, -1, "", true},
    {"nanosleep", Does::Sleep, 0, -1, "", true},
    {"clock_nanosleep", Does::Sleep, 0, -1, "", true},
    {"thrd_sleep", Does::Sleep, 0, -1, "", true},
    {"thrd_yield", Does::Sleep, 0, -1, "", true},
    {"sched_yield", Does::Sleep, 0, -1, "", true},
    {"go_sleep", Does::Sleep, 0, -1, "", true},
    {"go_yield", Does::Sleep, 0, -1, "", true},
    {"std::this_thread::sleep_for", Does::Sleep, 0, -1, "", true},
    {"std::this_thread::sleep_until", Does::Sleep, 0, -1, "", true},
    {"std::this_thread::yield", Does::Sleep, 0, -1, "", true},

    {"go_wg_add", Does::WgAdd, 0, -1, "", true},
    {"go_wg_done", Does::WgDone, 0, -1, "", true},
    {"go_wg_wait", Does::WgWait, 0, -1, "", true},
    {"go_ctx_with_cancel", Does::ContextMake, 0, -1, "", true},
    {"go_ctx_with_timeout", Does::ContextMake, 0, -1, "", true},
    {"go_ctx_done", Does::ContextUse, 0, -1, "", true},
    {"go_ctx_err", Does::ContextUse, 0, -1, "", true},
    {"go_ctx_cancel", Does::ContextEnd, 0, -1, "", true},
    {"go_ctx_free", Does::ContextEnd, 0, -1, "", true},

    {"pthread_cleanup_push", Does::Cleanup, 1, -1, "", true},
    {"__pthread_register_cancel", Does::Cleanup, 0, -1, "", true},
    {"setjmp", Does::Cleanup, 0, -1, "", true},
    {"_setjmp", Does::Cleanup, 0, -1, "", true},
    {"__sigsetjmp", Does::Cleanup, 0, -1, "", true},
    {"sigsetjmp", Does::Cleanup, 0, -1, "", true},
};

// The classes of the standard library keep their methods in bases, whose names are the library's own business.
static const Api Methods[] = {
    {"lock", Does::Lock, -1, -1, "", false},
    {"unlock", Does::Unlock, -1, -1, "", false},
    {"try_lock", Does::TryLock, -1, -1, "", false},
    {"try_lock_for", Does::TryLock, -1, -1, "", false},
    {"try_lock_until", Does::TryLock, -1, -1, "", false},
    {"lock_shared", Does::Lock, -1, -1, "r", false},
    {"unlock_shared", Does::Unlock, -1, -1, "r", false},
    {"try_lock_shared", Does::TryLock, -1, -1, "r", false},
};

static const Api StdWait = {"wait", Does::CondWait, -1, 0, "", false};
static const Api StdTimedWait = {"wait_for", Does::CondTimedWait, -1, 0, "", false};
static const Api StdJoin = {"join", Does::Join, -1, -1, "", false};
static const Api StdDetach = {"detach", Does::Detach, -1, -1, "", false};
static const Api StdGet = {"get", Does::Wait, -1, -1, "", false};

static const llvm::StringMap<const Api *> &byName() {
  static const auto *Map = [] {
    auto *M = new llvm::StringMap<const Api *>;
    for (const Api &A : Functions)
      (*M)[A.Name] = &A;
    return M;
  }();
  return *Map;
}

static StringRef stdClass(const CXXRecordDecl *Class) {
  return Class && Class->isInStdNamespace() && Class->getIdentifier() ? Class->getName() : "";
}

static const Api *methodOf(const CXXMemberCallExpr *Call) {
  const CXXMethodDecl *Method = Call->getMethodDecl();
  if (!Method || !Method->getIdentifier())
    return nullptr;
  StringRef Class = stdClass(Call->getRecordDecl()), Name = Method->getName();
  if (const CXXRecordDecl *Object = Call->getObjectType()->getAsCXXRecordDecl())
    Class = stdClass(Object);
  if (Class.ends_with("mutex"))
    for (const Api &A : Methods)
      if (Name == A.Name)
        return &A;
  if (Class.starts_with("condition_variable") && Name == "wait" && Call->getNumArgs() == 1)
    return &StdWait;
  if (Class.starts_with("condition_variable") && Name.starts_with("wait"))
    return &StdTimedWait;
  if (Class == "thread" || Class == "jthread")
    return Name == "join" ? &StdJoin : Name == "detach" ? &StdDetach : nullptr;
  if ((Class.ends_with("future") && (Name == "get" || Name.starts_with("wait"))) ||
      Class.contains("semaphore") || Class == "latch" || Class == "barrier")
    return &StdGet;
  return nullptr;
}

const Api *redflag::lint::apiOf(const CallExpr *Call) {
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
    return methodOf(Member);
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee || !Callee->getIdentifier())
    return nullptr;
  if (Callee->isInStdNamespace()) {
    auto Found = byName().find(Callee->getQualifiedNameAsString());
    return Found == byName().end() ? nullptr : Found->second;
  }
  auto Found = byName().find(Callee->getName());
  if (Found == byName().end() || isa<CXXMethodDecl>(Callee))
    return nullptr;
  // A function of the program's own that has such a name has another meaning.
  return Callee->hasBody() && Callee->isDefined() ? nullptr : Found->second;
}

static const Expr *argument(const CallExpr *Call, int Number) {
  if (Number >= 0)
    return unsigned(Number) < Call->getNumArgs() ? Call->getArg(Number) : nullptr;
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  return Member ? Member->getImplicitObjectArgument() : nullptr;
}

const Expr *redflag::lint::objectOf(const Api &A, const CallExpr *Call) { return argument(Call, A.Object); }
const Expr *redflag::lint::otherOf(const Api &A, const CallExpr *Call) {
  return A.Other < 0 ? nullptr : argument(Call, A.Other);
}

// ---- Types ----

// pthread_t and pthread_spinlock_t are integers to the type system: only the typedef tells.
static StringRef typedefName(QualType Type) {
  const auto *Alias = Type->getAs<TypedefType>();
  return Alias ? Alias->getDecl()->getName() : "";
}

const char *redflag::lint::syncTypeName(QualType Type) {
  static const char *const Names[] = {"pthread_mutex_t",
                                      "pthread_cond_t",
                                      "pthread_rwlock_t",
                                      "pthread_barrier_t",
                                      "pthread_spinlock_t",
                                      "sem_t",
                                      "mtx_t",
                                      "cnd_t",
                                      "go_mutex",
                                      "go_rwmutex",
                                      "go_wg",
                                      "go_once",
                                      "go_cond",
                                      "go_pool",
                                      "go_group",
                                      "GMutex",
                                      "GCond",
                                      "GRWLock"};
  for (QualType T = Type; !T.isNull();) {
    for (const char *Name : Names)
      if (typedefName(T) == Name)
        return Name;
    const auto *Alias = T->getAs<TypedefType>();
    T = Alias ? Alias->desugar() : QualType();
  }
  if (const auto *Record = Type->getAs<RecordType>())
    for (const char *Name : Names)
      if (Record->getDecl()->getIdentifier() && Record->getDecl()->getName() == Name)
        return Name;
  return nullptr;
}

bool redflag::lint::isThreadType(QualType Type) {
  return typedefName(Type) == "pthread_t" || typedefName(Type) == "thrd_t";
}

bool redflag::lint::isStdThread(QualType Type) { return stdClass(Type->getAsCXXRecordDecl()) == "thread"; }

bool redflag::lint::isGuardType(QualType Type) {
  StringRef Name = stdClass(Type->getAsCXXRecordDecl());
  return Name == "lock_guard" || Name == "unique_lock" || Name == "scoped_lock" || Name == "shared_lock";
}
