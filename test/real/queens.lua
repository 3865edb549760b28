-- Recursion, integer arithmetic, small tables: all ways to put n queens on a board.
local function count(n)
  local cols, up, down = {}, {}, {}
  local function place(row)
    if row > n then return 1 end
    local ways = 0
    for c = 1, n do
      if not (cols[c] or up[row + c] or down[row - c + n]) then
        cols[c], up[row + c], down[row - c + n] = true, true, true
        ways = ways + place(row + 1)
        cols[c], up[row + c], down[row - c + n] = nil, nil, nil
      end
    end
    return ways
  end
  return place(1)
end

for n = 4, 11 do print(n, count(n)) end
