using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Shoestring.Harvest;

/// <summary>nginx on a free loopback port, serving a folder with its usual settings and no logs.</summary>
sealed class Nginx : IDisposable
{
    readonly Process process;

    public Nginx(string folder, string work)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        var configuration = Path.Combine(work, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            daemon off; worker_processes 1; pid {{work}}/nginx.pid; error_log {{work}}/error.log; user root;
            events { worker_connections 512; }
            http {
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
              types { application/pdf pdf; text/html html; }
              client_body_temp_path {{work}}/b; proxy_temp_path {{work}}/p; fastcgi_temp_path {{work}}/f; uwsgi_temp_path {{work}}/u; scgi_temp_path {{work}}/s;
              server { listen {{new Uri(Address).Authority}}; root {{folder}}; }
            }
            """);
        process = Process.Start(new ProcessStartInfo("nginx", ["-c", configuration, "-p", work]) { UseShellExecute = false })!;
        WaitUntilReady();
    }

    public string Address { get; }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    void WaitUntilReady()
    {
        for (var i = 0; i < 200; i++)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, new Uri(Address).Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        throw new InvalidOperationException("nginx does not start");
    }
}
