// The C++ library's means of ordering threads, each used correctly: silent without and with optimisation.
// RUN: for p in CALL_ONCE CONDITION FUTURE PROMISE PACKAGED ASYNC LATCH BARRIER SEMAPHORE ATOMIC_WAIT FLAG_WAIT \
// RUN:   STOP_TOKEN COROUTINE SHARED_MUTEX TIMED_MUTEX RECURSIVE SCOPED EXCEPTION EXCEPTION_SHARED \
// RUN:   THREAD_LOCAL STATIC_LOCAL SHARED_PTR WEAK_PTR STREAMS LOCALE STRING ATOMIC_REF SYNCBUF; do for o in -O0 -O2; do \
// RUN:   %cxx -std=c++20 $o -D$p %s -o %t && %clean -n 3 %t || { echo $p $o; exit 1; }; done; done
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <fstream>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <latch>
#include <locale>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <syncstream>
#include <thread>
#include <vector>

static long shared;

[[maybe_unused]] static void each(int threads, const std::function<void(int)> &body) {
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; i++)
    all.emplace_back(body, i);
}

#if defined(CALL_ONCE)
static void run() {
  std::once_flag once;
  std::atomic<int> tries = 0;
  each(4, [&](int) {
    try {
      std::call_once(once, [&] {
        shared++;
        if (tries++ < 2)
          throw std::runtime_error("again");
      });
    } catch (const std::runtime_error &) {
      return;
    }
    if (shared < 1)
      std::abort();
  });
}
#elif defined(CONDITION)
static void run() {
  std::mutex m;
  std::condition_variable c;
  std::condition_variable_any any;
  bool ready = false, done = false;
  std::jthread t([&] {
    std::unique_lock lock(m);
    c.wait(lock, [&] { return ready; });
    shared++;
    done = true;
    any.notify_all();
  });
  {
    std::lock_guard lock(m);
    shared++;
    ready = true;
  }
  c.notify_one();
  std::unique_lock lock(m);
  while (!any.wait_for(lock, std::chrono::milliseconds(20), [&] { return done; }))
    ;
  shared++;
}
#elif defined(FUTURE) || defined(ASYNC)
static void run() {
  auto f = std::async(std::launch::async, [] {
    shared++;
    return std::string(100, 'x');
  });
  if (f.get().size() != 100)
    std::abort();
  shared++;
  std::shared_future<std::string> g = std::async(std::launch::async, [] { return std::string(100, 'y'); }).share();
  each(3, [g](int) {
    if (g.get()[99] != 'y')
      std::abort();
  });
}
#elif defined(PROMISE)
static void run() {
  std::promise<std::string> p;
  std::promise<void> failed;
  auto f = p.get_future();
  auto g = failed.get_future();
  std::jthread t([&p, &failed] {
    shared++;
    p.set_value(std::string(100, 'x'));
    failed.set_exception(std::make_exception_ptr(std::runtime_error("no")));
  });
  if (f.get()[0] != 'x')
    std::abort();
  shared++;
  try {
    g.get();
  } catch (const std::runtime_error &e) {
    if (e.what()[0] != 'n')
      std::abort();
  }
}
#elif defined(PACKAGED)
static void run() {
  std::packaged_task<long(long)> task([](long n) { return shared += n; });
  auto f = task.get_future();
  std::jthread t(std::move(task), 5);
  if (f.get() != 5)
    std::abort();
  shared++;
}
#elif defined(LATCH)
static void run() {
  std::latch l(3);
  long part[3];
  each(3, [&](int i) {
    part[i] = i;
    l.arrive_and_wait();
    if (part[0] + part[1] + part[2] != 3)
      std::abort();
  });
}
#elif defined(BARRIER)
static void run() {
  long part[3] = {}, sum = 0;
  std::barrier b(3, [&]() noexcept { sum += part[0] + part[1] + part[2]; });
  each(3, [&](int i) {
    for (int round = 0; round < 20; round++) {
      part[i] = round;
      b.arrive_and_wait();
      if (sum < 0)
        std::abort();
    }
  });
}
#elif defined(SEMAPHORE)
static void run() {
  std::binary_semaphore full(0), empty(1);
  std::counting_semaphore<10> ten(10);
  std::jthread t([&] {
    for (int i = 0; i < 50; i++) {
      full.acquire();
      shared++;
      empty.release();
    }
  });
  for (int i = 0; i < 50; i++) {
    while (!empty.try_acquire_for(std::chrono::milliseconds(5)))
      ;
    shared++;
    full.release();
  }
}
#elif defined(ATOMIC_WAIT)
static void run() {
  std::atomic<int> stage = 0;
  std::atomic<long> wide = 0;
  std::jthread t([&] {
    stage.wait(0);
    shared++;
    wide = 1;
    wide.notify_all();
  });
  shared++;
  stage = 1;
  stage.notify_one();
  wide.wait(0);
  shared++;
}
#elif defined(FLAG_WAIT)
static void run() {
  std::atomic_flag f;
  std::jthread t([&] {
    f.wait(false);
    shared++;
  });
  shared++;
  f.test_and_set();
  f.notify_all();
}
#elif defined(STOP_TOKEN)
static void run() {
  std::jthread t([](std::stop_token stop) {
    std::mutex m;
    std::condition_variable_any c;
    std::unique_lock lock(m);
    c.wait(lock, stop, [] { return false; });
    shared++;
  });
  shared++;
  long called = 0;
  std::stop_callback callback(t.get_stop_token(), [&] { called++; });
  t.request_stop();
}
#elif defined(COROUTINE)
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
  for (int i = 0; i < 10; i++) {
    shared += i;
    co_await std::suspend_always{};
  }
}
static void run() {
  task t = steps();
  while (!t.handle.done())
    std::thread([&] { t.handle.resume(); }).join();
  t.handle.destroy();
}
#elif defined(SHARED_MUTEX)
static void run() {
  std::shared_mutex m;
  std::shared_timed_mutex timed;
  long other = 0;
  each(3, [&](int i) {
    for (int n = 0; n < 50; n++)
      if (i) {
        std::shared_lock lock(m);
        std::shared_lock late(timed, std::chrono::seconds(9));
        if (shared + other < 0)
          std::abort();
      } else {
        std::unique_lock lock(m);
        std::unique_lock late(timed, std::chrono::seconds(9));
        shared++;
        other++;
      }
  });
}
#elif defined(TIMED_MUTEX)
static void run() {
  std::timed_mutex m;
  each(3, [&](int) {
    for (int n = 0; n < 50; n++) {
      while (!m.try_lock_for(std::chrono::milliseconds(5)))
        ;
      shared++;
      m.unlock();
    }
  });
}
#elif defined(RECURSIVE)
static void run() {
  std::recursive_mutex m;
  each(3, [&](int) {
    for (int n = 0; n < 50; n++) {
      std::lock_guard outer(m);
      { std::lock_guard inner(m); }
      shared++;
    }
  });
}
#elif defined(SCOPED)
static void run() {
  std::mutex a, b;
  each(3, [&](int i) {
    for (int n = 0; n < 50; n++) {
      if (i) {
        std::scoped_lock both(a, b);
        shared++;
      } else {
        std::lock(b, a);
        shared++;
        a.unlock();
        b.unlock();
      }
    }
  });
}
#elif defined(EXCEPTION) || defined(EXCEPTION_SHARED)
struct failure : std::runtime_error {
  failure() : std::runtime_error("a text that needs a block of its own on the heap") {}
  ~failure() override { text[0] = 'x'; }
  char text[64] = "given";
};
static void run() {
  for (int round = 0; round < 20; round++) {
    std::exception_ptr p;
    std::thread([&] {
      try {
        throw failure();
      } catch (...) {
        p = std::current_exception();
      }
    }).join();
#ifdef EXCEPTION
    try {
      std::rethrow_exception(std::move(p));
    } catch (const failure &e) {
      shared += e.text[0] + e.what()[0];
    }
#else
    std::vector<std::thread> all;
    for (int i = 0; i < 3; i++)
      all.emplace_back([p]() mutable {
        try {
          std::rethrow_exception(std::move(p));
        } catch (const failure &e) {
          if (e.text[0] + e.what()[0] == 0)
            std::abort();
        }
      });
    p = nullptr;
    for (auto &t : all)
      t.join();
#endif
  }
}
#elif defined(THREAD_LOCAL)
struct counter {
  long n = 0;
  ~counter() {
    static std::mutex m;
    std::lock_guard lock(m);
    shared += n;
  }
};
static thread_local counter mine;
static void run() {
  each(3, [&](int i) { mine.n += i; });
  if (shared != 3)
    std::abort();
}
#elif defined(STATIC_LOCAL)
static const std::string &text() {
  static const std::string s(100, 'x');
  return s;
}
static void run() {
  each(4, [&](int) {
    if (text().size() != 100)
      std::abort();
  });
}
#elif defined(SHARED_PTR)
struct node {
  long n = 0;
  ~node() { n = -1; }
};
static void run() {
  for (int i = 0; i < 50; i++) {
    auto p = std::make_shared<node>();
    std::jthread a([p] { if (p->n) std::abort(); }), b([p] { if (p->n) std::abort(); });
    p.reset();
  }
}
#elif defined(WEAK_PTR)
struct node : std::enable_shared_from_this<node> {
  long n = 0;
  ~node() { n = -1; }
};
static void run() {
  for (int i = 0; i < 50; i++) {
    auto p = std::make_shared<node>();
    std::weak_ptr<node> w = p;
    std::jthread a([w] {
      if (auto q = w.lock())
        if (q->n)
          std::abort();
    });
    p.reset();
  }
}
#elif defined(STREAMS)
static void run() {
  each(3, [&](int i) {
    for (int n = 0; n < 20; n++) {
      std::cout << "thread " << i << '\n';
      std::clog << 1.5 << std::endl;
      std::ostringstream s;
      s << i << ' ' << 2.5 << std::hex << 255;
      std::istringstream back(s.str());
      int k;
      back >> k;
      std::ofstream("/dev/null") << k;
    }
  });
}
#elif defined(LOCALE)
static void run() {
  each(3, [&](int i) {
    for (int n = 0; n < 20; n++) {
      std::locale l("C"), copy = l;
      std::ostringstream s;
      s.imbue(copy);
      const std::tm time = {};
      s << i << 1.5 << std::put_time(&time, "%Y");
      if (!std::has_facet<std::numpunct<char>>(l))
        std::abort();
    }
  });
}
#elif defined(STRING)
static void run() {
  const std::string common(100, 'x');
  each(3, [&](int i) {
    std::string s = common;
    for (int n = 0; n < 50; n++)
      s += common.substr(n) + std::to_string(i);
    if (s.find('x') || std::stoi("12") != 12)
      std::abort();
  });
}
#elif defined(ATOMIC_REF)
static void run() {
  long n = 0;
  each(3, [&](int) {
    for (int i = 0; i < 50; i++)
      std::atomic_ref(n)++;
  });
  if (n != 150)
    std::abort();
}
#elif defined(SYNCBUF)
static void run() {
  each(3, [&](int i) {
    for (int n = 0; n < 20; n++)
      std::osyncstream(std::cout) << "thread " << i << std::endl;
  });
}
#endif

int main() {
  run();
  std::thread([] { shared++; }).join();
  return shared < 0;
}
