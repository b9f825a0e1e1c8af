using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Shoestring.Survey.Tests;

/// <summary>A course's site that shows every one of the notebook's nineteen defects, and the hosts that it links to.</summary>
static class CourseSite
{
    public const string Start = "http://course.example/start";
    const string Course = "http://course.example/course/";

    public static async Task<TestSite> StartAsync()
    {
        TestSite site = await TestSite.StartAsync();
        AddPages(site);
        AddFiles(site);
        AddFaults(site);
        AddElsewhere(site);
        return site;
    }

    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Harvest", "Course", name));

    static void AddPages(TestSite site)
    {
        site.OnRedirect(Start, "/course/slides.html");
        site.On("http://course.example/robots.txt", "text/plain", "User-agent: *\nDisallow: /private/\nSitemap: http://course.example/sitemap.xml\n"u8.ToArray());
        site.On(Course + "slides.html", context => SendGzipAsync(context, "text/html", File("slides.html")));
        site.On("http://course.example/sitemap.xml", "application/xml", """
            <?xml version="1.0" encoding="UTF-8"?>
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://course.example/hidden.pdf</loc></url><url><loc>
            http://course.example/extra.html</loc></url></urlset>
            """u8.ToArray());
        site.On("http://course.example/feed.xml", "application/rss+xml", """
            <?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>Week &amp; reading</title>
            <enclosure url="/week.pdf" type="application/pdf" length="1"/></item></channel></rss>
            """u8.ToArray());
        site.OnPage("http://course.example/extra.html", "<a href=extra.pdf>Extra</a>");
        site.OnPage("http://course.example/about", "<a href='mailto:teacher@course.example'>Teacher</a>");
        site.On(Course + "latin.html", "text/html", Encoding.Latin1.GetBytes("<meta http-equiv=Content-Type content='text/html; charset=ISO-8859-1'><a href='café.pdf'>Café</a>"));
        site.OnPage(Course + "based/", "<base href='/elsewhere/'><a href='based.pdf'>Based</a>");
        site.OnPage(Course + "refresh", "<meta http-equiv='Refresh' content=\"0; URL='target.html'\">");
        site.OnPage(Course + "target.html", "<a href='refreshed.pdf'>Refreshed</a>");
        site.OnPage(Course + "files/", "<a href='?C=N;O=D'>Name</a> <a href='../'>Up</a> <a href='listed.pdf'>listed.pdf</a> <a href='deeper/'>deeper/</a>");
        site.OnPage(Course + "slides2.html", "<a href='lecture9.pdf'>Lecture 9</a> <a rel='next' href='slides3.html'>Next</a>");
        site.OnPage(Course + "slides3.html", "<a href='lecture10.pdf'>Lecture 10</a>");
    }

    static void AddFiles(TestSite site)
    {
        site.OnPdf("http://course.example/hidden.pdf", "hidden");
        site.OnPdf("http://course.example/week.pdf", "week");
        site.OnPdf("http://course.example/extra.pdf", "extra");
        site.OnPdf("http://course.example/elsewhere/based.pdf", "based");
        site.On(Course + "lecture1/slides.pptx", "application/octet-stream", File("slides.pptx"));
        foreach (string name in (string[])
            ["appendix.pdf", "lecture1/slides.pdf", "lecture2/slides.pdf", "lecture2/LEC2.PDF", "lecture3.pdf?b=2&a=1", "%C3%9Cbung%201.pdf", "name%20with%20blanks.pdf",
            "..%2f..%2f..%2fevil.pdf", "aux.pdf", "map.pdf", "frame.pdf", "embedded.pdf", "object.pdf", "caf%C3%A9.pdf", "refreshed.pdf", "files/listed.pdf",
            "lecture9.pdf", "lecture10.pdf"])
        {
            site.OnPdf(Course + name, Uri.UnescapeDataString(name));
        }

        site.OnPdf(Course + "copy/of-lecture-1.pdf", "lecture1/slides.pdf");
        site.OnPdf("http://course.example/download/7", "seven");
        site.On("http://course.example/download/disposition", "application/octet-stream", TestSite.Pdf("disposition"),
            ("Content-Disposition", "attachment; filename=\"week 3.pdf\"; filename*=UTF-8''w%C3%B6che%203.pdf"));
        site.On("http://course.example/download/hostile", "application/x-download", TestSite.Pdf("hostile"),
            ("Content-Disposition", "attachment; filename=\"..\\..\\..\\con.pdf\""));
        site.OnPdf("http://course.example/get.php?file=solutions.pdf", "solutions");
    }

    static void AddFaults(TestSite site)
    {
        site.On(Course + "forbidden.pdf", context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        site.OnRedirect(Course + "login.pdf", "/login");
        site.OnPage("http://course.example/login", "<!DOCTYPE html><form>Password</form>");
        site.OnPage(Course + "landing.pdf", "<!doctype html><a href='real.pdf'>Download</a>");
        site.On(Course + "notslides.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", File("notslides.pptx"));
        site.On(Course + "cut.pdf", "application/pdf", "%PDF-1.4\nno end"u8.ToArray());
        site.On(Course + "busy.pdf", BusyFirst());
        site.On(Course + "broken.pdf", BrokenFirst());
        site.OnRedirect(Course + "circle.pdf", "circle2.pdf");
        site.OnRedirect(Course + "circle2.pdf", "circle.pdf", 307);
        site.On(Course + "endless.pdf", EndlessAsync);
        site.On(Course + "long.pdf", context =>
        {
            context.Response.ContentType = "application/pdf";
            context.Response.ContentLength = 1_000_000_000;
            return context.Response.Body.WriteAsync(new byte[4096].Select((_, i) => (byte)"%PDF-"[i % 5]).ToArray()).AsTask();
        });
        site.On(Course + "bomb.pdf", context => SendGzipAsync(context, "application/pdf", [.. "%PDF-"u8, .. new byte[20_000_000]]));
        site.OnRedirect(Course + "moved.pdf", "/archive/moved-2024.pdf", 301);
        site.OnPdf("http://course.example/archive/moved-2024.pdf", "moved");
        site.OnRedirect(Course + "inside.pdf", "http://127.0.0.1:8080/inside.pdf");
        site.OnPdf("http://127.0.0.1:8080/inside.pdf", "never to be fetched");
    }

    static void AddElsewhere(TestSite site)
    {
        site.OnPdf("http://other.example/reader.pdf", "reader");
        site.OnPdf("http://other.example/opaque/5", "notes");
        site.OnPdf("http://arxiv.org/pdf/2306.00978v2", "awq");
    }

    static Func<HttpContext, Task> BusyFirst()
    {
        int times = 0;
        return context =>
        {
            if (Interlocked.Increment(ref times) > 1)
            {
                return TestSite.SendAsync(context, "application/pdf", TestSite.Pdf("busy"));
            }

            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        };
    }

    static Func<HttpContext, Task> BrokenFirst()
    {
        int times = 0;
        byte[] body = TestSite.Pdf(new string('x', 300_000));
        return async context =>
        {
            int time = Interlocked.Increment(ref times);
            if (time > 1)
            {
                context.Request.Headers.Range.ToString().StartsWith("bytes=", StringComparison.Ordinal).ShouldBe(time == 2);
                await TestSite.SendTaggedAsync(context, body, "\"broken-1\"");
                return;
            }

            context.Response.Headers.ETag = "\"broken-1\"";
            context.Response.ContentType = "application/pdf";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(100);
            context.Abort();
        };
    }

    static async Task EndlessAsync(HttpContext context)
    {
        context.Response.ContentType = "application/pdf";
        await context.Response.Body.WriteAsync("%PDF-1.4\n"u8.ToArray());
        var more = new byte[50_000];
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(more, context.RequestAborted);
        }
    }

    static Task SendGzipAsync(HttpContext context, string type, byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write(body);
        }

        return TestSite.SendAsync(context, type, packed.ToArray(), ("Content-Encoding", "gzip"));
    }
}
