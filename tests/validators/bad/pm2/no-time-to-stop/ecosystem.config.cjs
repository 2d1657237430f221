// A good file, and a unit that kills the daemon before its processes have ended.
module.exports = {
  apps: [
    {
      name: "api",
      cwd: "/srv/api/current",
      script: "/srv/api/current/dist/server.mjs",
      exec_mode: "cluster",
      instances: 2,
      kill_timeout: 20000,
      listen_timeout: 12000,
      env: {},
    },
  ],
};
