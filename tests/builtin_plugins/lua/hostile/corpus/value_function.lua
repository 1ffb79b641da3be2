-- A function as an answer. Expect: value
function attack()
  return print
end
