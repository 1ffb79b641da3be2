-- A string of a petabyte. Expect: error
function attack()
  return string.rep("x", 1e15)
end
