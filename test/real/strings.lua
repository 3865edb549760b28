-- The string library: concatenation, patterns, formatting, hashing of many short strings.
local words, seen = {}, {}
for i = 1, 100000 do
  words[i] = string.format("%s-%05x-%.3f", ("abcdefgh"):sub(i % 8 + 1), i * 7919 % 65536, i / 7)
end
local text = table.concat(words, " ")
for letters, digits in text:gmatch("(%a+)%-(%x+)") do
  seen[letters] = (seen[letters] or 0) + tonumber(digits, 16)
end
local keys = {}
for k in pairs(seen) do keys[#keys + 1] = k end
table.sort(keys)
for _, k in ipairs(keys) do print(k, seen[k]) end
local changed, n = text:gsub("%d+", function(d) return #d % 2 == 0 and d:reverse() or nil end)
print(#text, #changed, n, text:upper():find("CDEFGH%-1A5"))
print(string.pack("<i4d", 42, 0.5):byte(1, -1))
local sum = 0
for _, c in utf8.codes(("aäπ𝄞"):rep(100000)) do sum = sum + c end
print(sum)
