local M = {}

local verbs = {
    after_create  = "was written",
    after_update  = "was changed",
    after_publish = "was published",
    after_archive = "was archived",
}

function M.message(data)
    return {
        text = (data.title or "Something") .. " " .. (verbs[data._event] or data._event),
        attachments = { { fields = { { title = "Table", value = data._table } } } },
    }
end

return M
