-- The list of tasks: new ones, done ones, and deleting after a question.
function screen(ctx)
    local title, cursor = "", 0
    while true do
        local tasks = db.query("tasks", { order_by = "title" })
        local items = {}
        for i, task in ipairs(tasks) do
            items[i] = { label = (task.done and "[x] " or "[ ] ") .. task.title, id = task.id, faint = task.done }
        end
        local event = coroutine.yield(tui.grid({
            tui.column(6, { tui.cell("Tasks", 1.0, tui.list(items, cursor)) }),
            tui.column(6, {
                tui.cell("New", 0.5, tui.input("title", title, "What is to be done?")),
                tui.cell("Filter", 0.5, tui.select_field("filter", { { label = "All", value = "" }, { label = "Open", value = "open" } }, 0)),
            }),
        }))
        if event.type == "key" then
            local task = tasks[cursor + 1]
            if event.key == "esc" then
                return
            elseif event.key == "down" then
                cursor = math.min(cursor + 1, math.max(#tasks - 1, 0))
            elseif event.key == "up" then
                cursor = math.max(cursor - 1, 0)
            elseif event.key == "enter" and title ~= "" then
                db.insert("tasks", { title = title })
                title = ""
                coroutine.yield({ action = "toast", message = "Task added", level = "success" })
            elseif event.key == "space" and task then
                db.update("tasks", { set = { done = not task.done }, where = { id = task.id } })
            elseif event.key == "ctrl+d" and task then
                local answer = coroutine.yield({ action = "confirm", title = "Delete?", message = task.title })
                if answer.type == "dialog" and answer.accepted then
                    db.delete("tasks", { where = { id = task.id } })
                    cursor = 0
                end
            elseif #event.key == 1 then
                title = title .. event.key
            end
        end
    end
end
