// All that a server loads. The command compiles it ahead, in a process that ends: the compiler's memory would stay with the server.
import './compose.ts'
import './doors/rest/app.ts'
import './doors/rest/sessions.ts'
import './index.ts'
