-- One text a hundred thousand times. Expect: value
function attack()
  local s, t = ("x"):rep(1e5), {}
  for i = 1, 1e5 do t[i] = s end
  return t
end
