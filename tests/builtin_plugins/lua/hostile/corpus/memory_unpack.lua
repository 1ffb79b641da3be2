-- More results than a stack holds. Expect: error
function attack()
  return unpack({}, 1, 1e8)
end
