-- A table that outlives the call grows for ever. Expect: memory
function attack()
  kept = kept or {}
  while true do kept[#kept + 1] = {} end
end
