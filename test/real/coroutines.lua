-- Coroutines, errors that unwind through them (setjmp and longjmp in the interpreter), load and closures.
local function numbers(n)
  return coroutine.wrap(function()
    for i = 2, n do coroutine.yield(i) end
  end)
end
local function without(p, source)
  return coroutine.wrap(function()
    for i in source do
      if i % p ~= 0 then coroutine.yield(i) end
    end
  end)
end

local source, primes = numbers(400), {}
while true do
  local p = source()
  if not p then break end
  primes[#primes + 1] = p
  source = without(p, source)
end
print(#primes, primes[#primes])

local caught = 0
for i = 1, 100000 do
  local ok, err = pcall(function()
    local co = coroutine.create(function() error({code = i}) end)
    local _, e = coroutine.resume(co)
    if i % 2 == 0 then error(e) end
  end)
  if not ok then caught = caught + err.code end
end
print(caught)

local function deep(n) return n == 0 and error("bottom", 0) or deep(n - 1) + 1 end
print(pcall(deep, 10000))
print(select(2, pcall(function() local function f() return f() + 1 end return f() end)):match("stack overflow"))

local chunks = {}
for i = 1, 500 do chunks[i] = assert(load("local x = ... return x * " .. i .. " + #'" .. ("z"):rep(i % 50) .. "'")) end
local sum = 0
for i = 1, 500 do sum = sum + chunks[i](i) end
print(sum, #string.dump(chunks[7]) > 0)
