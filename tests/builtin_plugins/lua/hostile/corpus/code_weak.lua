-- Weak tables whose keys are looked at while they die. Expect: contained
function attack()
  local weak = setmetatable({}, { __mode = "kv" })
  for i = 1, 10000 do weak[{}] = {} end
  for _ in pairs(weak) do end
  return "contained" 
end
