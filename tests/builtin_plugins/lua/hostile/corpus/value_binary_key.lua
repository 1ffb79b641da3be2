-- A key that is no UTF-8. Expect: value
function attack()
  return { ["\255"] = 1 }
end
