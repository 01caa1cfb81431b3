"""The HTTP service: a thin layer over `Pipeline`, in the extra `serve`.

- `app`: the web application: its routes, and one pipeline for each process
- `server`: the application served: addresses, worker processes, a graceful stop
- `options`: what whoever starts it chooses
- `state`: what the routes work with
- `access`: who asks, and what their token may do
- `work`: what is asked, in threads: so much at once, until a deadline, while wanted
- `jobs`: long ingests in the background
- `problems`: errors as problem details (RFC 9457)
- `around`: what surrounds every request
- `metrics`: what Prometheus reads
- `bodies`: what requests and responses hold
- `mcp_tools`: the tools and resources of the MCP server
- `mcp_http`: that server under /mcp
- `plain`: values as JSON
- `events`: server-sent events
- `page/`: the page to ask at, served as it is
- `routes/`: what it answers, by what it is about

Nothing here is imported before the service is started.
"""
