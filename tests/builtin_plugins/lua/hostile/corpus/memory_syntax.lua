-- Code nested deeper than any parser goes. Expect: contained
function attack()
  for _, open in ipairs({ "(", "{", "function() ", "if a then ", "- ", "not ", "a[", "a." }) do
    assert(not loadstring("return " .. open:rep(1e5)))
  end
  return "contained" 
end
