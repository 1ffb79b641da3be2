-- A table ten thousand deep. Expect: value
function attack()
  local t = {}
  for _ = 1, 10000 do t = { t } end
  return t
end
