local lines = require("lines")

local function overview(ctx, cursor, answer)
    local open = db.count("tasks", { where = { done = false } })
    local all = db.count("tasks")
    return tui.grid({
        tui.column(4, {
            tui.cell("Menu", 0.5, tui.list({
                { label = "Tasks", id = "tasks", bold = true },
                { label = "Sources", id = "sources" },
                { label = "Nothing", id = "nothing", faint = true },
            }, cursor)),
            tui.cell("Tree", 0.5, tui.tree({
                { label = "Site", id = "site", expanded = true, children = { { label = "Blog", id = "blog" }, { label = "Shop", id = "shop" } } },
            }, 0)),
        }),
        tui.column(8, {
            tui.cell("Numbers", 0.3, tui.detail({
                { label = "Open tasks", value = tostring(open) },
                { label = "Width", value = ctx.width .. " columns", faint = true },
            })),
            tui.cell("Table", 0.3, tui.table({ "Task", "Done" }, { { "one", "yes" }, { "two", "no" } }, 1)),
            tui.cell("Words", 0.2, tui.text({
                "Plain",
                { text = lines.bar(all - open, all, 10), bold = true, accent = true },
                { text = answer or "nothing was fetched", faint = true },
            })),
            tui.cell("Progress", 0.2, tui.progress(all > 0 and (all - open) / all or 0, "done")),
        }),
    }, { { key = "q", label = "quit" }, { key = "n", label = "new" } })
end

local function told(event)
    return event.ok and (event.id .. " came") or (event.id .. " failed: " .. event.error)
end

function screen(ctx)
    local cursor, answer = 0, nil
    local size = { width = ctx.width, height = ctx.height }
    while true do
        local event = coroutine.yield(overview(size, cursor, answer))
        if event.type == "key" then
            if event.key == "q" then
                return
            elseif event.key == "j" or event.key == "down" then
                cursor = math.min(cursor + 1, 2)
            elseif event.key == "k" or event.key == "up" then
                cursor = math.max(cursor - 1, 0)
            elseif event.key == "enter" then
                coroutine.yield({ action = "navigate", plugin = "dashboard", screen = "tasks", params = { from = "main" } })
            elseif event.key == "f" then
                -- What an action is answered with comes from its own yield.
                local came = coroutine.yield({ action = "fetch", id = "numbers", method = "GET", url = "/api/v1/plugins/dashboard/numbers" })
                if came.type == "data" then
                    answer = told(came)
                end
            elseif event.key == "r" then
                local came = coroutine.yield({ action = "request", id = "outside", method = "GET", url = "https://status.example.com/" })
                if came.type == "data" then
                    answer = told(came)
                end
            elseif event.key == "x" then
                coroutine.yield({ action = "quit" })
            elseif event.key == "e" then
                error("this key is broken")
            end
        elseif event.type == "resize" then
            size = { width = event.width, height = event.height }
        elseif event.type == "data" then
            answer = told(event)
        elseif event.type == "focus" then
            answer = "looking at " .. tostring(event.panel)
        end
    end
end
