-- A range that wraps around. Expect: error
function attack()
  return unpack({}, -2147483648, 2147483647)
end
