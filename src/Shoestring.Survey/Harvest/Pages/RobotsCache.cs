using System.Collections.Concurrent;
using System.Text;

namespace Shoestring.Survey;

/// <summary>Each site's robots.txt, asked for once.</summary>
sealed class RobotsCache(HarvestClient client, HarvestOptions options, CancellationToken cancellation)
{
    // As much is read as RFC 9309 says must be.
    const long Limit = 512_000;

    readonly ConcurrentDictionary<string, Lazy<Task<RobotsFile>>> files = new();
    readonly string agent = options.UserAgent.Split('/', ' ')[0];

    /// <summary>The file of an address's site.</summary>
    public Task<RobotsFile> OfAsync(Uri address) =>
        files.GetOrAdd(WebAddress.Site(address), site => new Lazy<Task<RobotsFile>>(() => FetchAsync(new Uri(site + "/robots.txt")))).Value;

    /// <summary>Why an address is not asked for, or null.</summary>
    public async Task<string?> RefusalAsync(Uri address)
    {
        if (!options.Robots)
        {
            return null;
        }

        RobotsFile file = await OfAsync(address).ConfigureAwait(false);
        return file.Allows(address) ? null
            : file.Unreadable is { } reason ? $"the site's robots.txt cannot be read, so nothing may be asked for: {reason}"
            : "the site's robots.txt disallows it";
    }

    async Task<RobotsFile> FetchAsync(Uri address)
    {
        try
        {
            using WebAnswer answer = await client.AskAsync(new WebQuestion(address), cancellation).ConfigureAwait(false);
            if (answer.Status is < 200 or >= 300)
            {
                // Refusals mean that there are no rules, faults of the server that they are not known (RFC 9309, section 2.3.1).
                return answer.Status is >= 500 or 429 ? RobotsFile.Closed($"HTTP {answer.Status}") : RobotsFile.Open;
            }

            await using BodyStream body = await BodyStream.OpenAsync(answer, options, Limit, "robots.txt", cancellation).ConfigureAwait(false);
            var file = RobotsFile.Parse(Encoding.UTF8.GetString(await body.ReadAllAsync(cancellation).ConfigureAwait(false)), agent);
            if (file.CrawlDelaySeconds is { } seconds)
            {
                client.SlowDown(address, TimeSpan.FromSeconds(Math.Min(seconds, options.MaxWait.TotalSeconds)));
            }

            return file;
        }
        catch (AddressRefused)
        {
            // What is refused is told of the address itself, not of its robots.txt.
            return RobotsFile.Open;
        }
        catch (HarvestFault fault)
        {
            return RobotsFile.Closed(fault.Message);
        }
    }
}
