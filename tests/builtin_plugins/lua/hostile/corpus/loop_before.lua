-- An endless loop in a before-hook. Expect in a before-hook: instructions
function attack()
  while true do end
end
