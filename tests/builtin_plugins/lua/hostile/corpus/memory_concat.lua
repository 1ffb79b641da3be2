-- The same large string a million times, in one call of C. Expect: error or memory
function attack()
  local t, s = {}, ("x"):rep(1e6)
  for i = 1, 1e5 do t[i] = s end
  return #table.concat(t)
end
