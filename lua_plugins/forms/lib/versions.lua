-- Changes of a form: each names the version that it is made from, and makes the next one.

local answers = require("answers")

local M = {}

-- Runs `change(form)` in a transaction that makes the next version; answers that version.
--
-- Of two edits at once both may read the same version. The update matches only while it is still there, and leaves the
-- mark of the edit that made it, so that the loser finds another mark.
function M.next(form_id, given, change)
  if given == nil then
    given = 0 -- which no form has: who does not say what they changed is told what there is
  elseif type(given) ~= "number" then
    answers.refuse(400, "version must be a number: the version of the form that you have")
  end
  local edit, version, refused = db.ulid(), given + 1, nil
  local ok, message = db.transaction(function()
    local set = { version = version, edit = edit }
    db.update("forms", { set = set, where = { id = form_id, version = given } })
    local form = db.query_one("forms", { where = { id = form_id } })
    if not form then
      refused = answers.refusal(404, "not found")
    elseif form.edit ~= edit then
      refused = answers.refusal(409, "version conflict", { current_version = form.version })
    else
      local fine, fault = pcall(change, form)
      if not fine then
        refused = type(fault) == "table" and fault.refused and fault or nil
        error(refused and "refused" or fault, 0)
      end
      return
    end
    error("refused", 0)
  end)
  if refused then
    error(refused, 0)
  end
  if not ok then
    error(message, 0)
  end
  return version
end

return M
