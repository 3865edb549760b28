-- Tables as arrays, as maps and as objects; the garbage collector has much to do.
local seed = 42
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed % n + 1
end

local Node = {}
Node.__index = Node
function Node.insert(tree, key)
  if not tree then return setmetatable({key = key}, Node) end
  local side = key < tree.key and "left" or "right"
  tree[side] = Node.insert(tree[side], key)
  return tree
end
function Node.depth(tree)
  if not tree then return 0 end
  return 1 + math.max(Node.depth(tree.left), Node.depth(tree.right))
end

local array, tree, map = {}, nil, {}
for i = 1, 120000 do
  array[i] = random(1000000)
  map[array[i]] = i
  if i <= 60000 then tree = Node.insert(tree, array[i]) end
end
table.sort(array)
table.sort(array, function(a, b) return a > b end)
print(#array, array[1], array[#array], tree:depth())
local live = 0
for k in pairs(map) do
  if k % 3 == 0 then map[k] = nil end
end
for _ in pairs(map) do live = live + 1 end
print(live)

local weak = setmetatable({}, {__mode = "k"})
local closed = 0
for i = 1, 20000 do
  weak[{i}] = true
  local object <close> = setmetatable({}, {__close = function() closed = closed + 1 end})
end
collectgarbage()
print(next(weak), closed)

local n = 120
local function matrix(f)
  local m = {}
  for i = 1, n do
    m[i] = {}
    for j = 1, n do m[i][j] = f(i, j) end
  end
  return m
end
local a, b = matrix(function(i, j) return i + j / 8 end), matrix(function(i, j) return i == j and 2 or 1 / (i + j) end)
local c = matrix(function(i, j)
  local s = 0
  for k = 1, n do s = s + a[i][k] * b[k][j] end
  return s
end)
print(string.format("%.9f %.9f", c[1][1], c[n][n]))
