-- string.char and string.byte of whole megabytes. Expect: error
function attack()
  return string.char(string.byte(("x"):rep(1e6), 1, -1))
end
