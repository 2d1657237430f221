// As many processes as the machine has cores, whatever the database allows.
module.exports = {
  apps: [
    {
      name: "api",
      cwd: "/srv/api/current",
      script: "/srv/api/current/dist/server.mjs",
      exec_mode: "cluster",
      instances: "max",
      kill_timeout: 20000,
      listen_timeout: 12000,
      env: {},
    },
  ],
};
