-- A value of a hundred megabytes. Expect: memory or error or value
function attack()
  local t = {}
  for i = 1, 100 do t[i] = ("x"):rep(1e6) .. i end
  return t
end
