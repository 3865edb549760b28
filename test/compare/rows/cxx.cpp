// The C++ library's means of ordering threads, whose code is partly in the header and partly in the library that has
// no instrumentation. The racy twin makes the second access early.
// list: invented
// kind: race
// flags: -std=c++20
// row: std::jthread joined by its destructor |  | jthread
// row: std::latch |  | latch
// row: std::barrier |  | barrier
// row: std::counting_semaphore |  | semaphore
// row: std::binary_semaphore, try_acquire_for |  | timed_semaphore
// row: std::atomic wait and notify |  | atomic_wait
// row: std::shared_mutex |  | shared_mutex
// row: std::timed_mutex |  | timed_mutex
// row: std::call_once, the first try leaves by an exception |  | call_once
// row: std::promise and future |  | promise
// row: std::async |  | async
// row: std::packaged_task |  | packaged_task
// row: exception carried to another thread |  | exception
// row: std::condition_variable_any with a stop token |  | condition
// row: coroutine that moves between threads |  | coroutine
// row: static local variable |  | static_local
// row: std::shared_ptr, last owner destroys |  | shared_ptr
#include "row.h"

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <coroutine>
#include <cstdlib>
#include <cstring>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#ifdef RACY
static constexpr bool clean = false;
#else
static constexpr bool clean = true;
#endif
static long shared;
using namespace std::chrono_literals;

__attribute__((noinline)) static void touch() { shared++; }

// f touches, gives; g takes, touches. In the racy program g touches first, once f has.
template <class Give, class Take> static void two(Give give, Take take) {
  std::jthread a([&] {
    touch();
    step();
    if (!clean)
      await_step(2);
    give();
  });
  if (!clean) {
    await_step(1);
    touch();
    step();
  }
  take();
  if (clean)
    touch();
}

template <class Lock> static void locked(Lock lock) {
  std::jthread a([&] {
    auto l = clean ? lock() : decltype(lock())();
    touch();
  });
  auto l = clean ? lock() : decltype(lock())();
  touch();
}

struct task {
  struct promise_type {
    task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};
static task steps() {
  for (int i = 0; i < 5; i++) {
    touch();
    co_await std::suspend_always{};
  }
}

struct made {
  made() { touch(); }
};
static made &only() {
  static made one;
  return one;
}

int main(int, char **argv) {
  auto is = [&](const char *name) { return !std::strcmp(argv[1], name); };
  if (is("jthread")) {
    std::jthread a([] {
      touch();
      step();
    });
    if (clean)
      a = std::jthread();
    else
      await_step(1);
    touch();
  } else if (is("latch")) {
    std::latch l(1);
    two([&] { l.count_down(); }, [&] { l.wait(); });
  } else if (is("barrier")) {
    std::barrier b(2);
    two([&] { b.arrive_and_wait(); }, [&] { b.arrive_and_wait(); });
  } else if (is("semaphore")) {
    std::counting_semaphore<10> s(0);
    two([&] { s.release(3); }, [&] { s.acquire(); });
  } else if (is("timed_semaphore")) {
    std::binary_semaphore s(0);
    two([&] { s.release(); }, [&] { while (!s.try_acquire_for(1ms)); });
  } else if (is("atomic_wait")) {
    std::atomic<int> a = 0;
    two([&] { a = 1; a.notify_one(); }, [&] { a.wait(0); });
  } else if (is("shared_mutex")) {
    std::shared_mutex m;
    locked([&] { return std::unique_lock<std::shared_mutex>(m); });
  } else if (is("timed_mutex")) {
    std::timed_mutex m;
    locked([&] { return std::unique_lock<std::timed_mutex>(m, 50s); });
  } else if (is("call_once")) {
    std::once_flag once;
    std::atomic<int> tries = 0;
    auto body = [&] {
      try {
        if (clean)
          std::call_once(once, [&] {
            touch();
            if (!tries++)
              throw std::runtime_error("again");
          });
        else
          touch();
      } catch (const std::runtime_error &) {
      }
    };
    std::jthread a(body), b(body), c(body);
  } else if (is("promise")) {
    std::promise<std::string> p;
    two([&] { p.set_value(std::string(100, 'x')); }, [&] { p.get_future().get(); });
  } else if (is("async")) {
    auto f = std::async(std::launch::async, [] {
      touch();
      step();
    });
    if (clean)
      f.get();
    else
      await_step(1);
    touch();
  } else if (is("packaged_task")) {
    std::packaged_task<void()> t([] {});
    auto f = t.get_future();
    two([&] { t(); }, [&] { f.get(); });
  } else if (is("exception")) {
    std::promise<void> p;
    two([&] { p.set_exception(std::make_exception_ptr(std::runtime_error("no"))); },
        [&] {
          try {
            p.get_future().get();
          } catch (const std::runtime_error &e) {
            if (e.what()[0] != 'n')
              std::abort();
          }
        });
  } else if (is("condition")) {
    std::mutex m;
    std::condition_variable_any c;
    bool done = false;
    std::stop_source stop;
    two([&] {
      std::lock_guard l(m);
      done = true;
      c.notify_all();
    }, [&] {
      std::unique_lock l(m);
      c.wait(l, stop.get_token(), [&] { return done; });
    });
  } else if (is("coroutine")) {
    task t = steps();
    for (int i = 0; i < 4; i++) {
      std::thread a([&] {
        t.handle.resume();
        step();
      });
      if (!clean) {
        await_step(i + 1);
        touch();
      }
      a.join();
    }
    t.handle.destroy();
  } else if (is("static_local")) {
    auto body = [] {
      only();
      if (!clean)
        touch();
    };
    std::jthread a(body), b(body), c(body);
  } else if (is("shared_ptr")) {
    struct node {
      long v = 0;
      ~node() { v = -1; }
    };
    auto p = std::make_shared<node>();
    node *raw = p.get();
    std::jthread a([p, raw] {
      if (clean ? p->v : raw->v)
        std::abort();
      if (!clean)
        raw->v = 0;
    });
    if (!clean)
      raw->v = 0;
    p.reset();
  }
}
