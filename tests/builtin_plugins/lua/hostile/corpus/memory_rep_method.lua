-- A string of a petabyte, made by the string itself. Expect: error
function attack()
  return ("x"):rep(1e15)
end
