const { ok, status } = await fetch(`http://127.0.0.1:${process.env.PORT}/`);
if (!ok) throw new Error(`it answers ${status}`);
