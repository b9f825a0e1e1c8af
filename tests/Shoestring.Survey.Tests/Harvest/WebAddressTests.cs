using System.Net;

namespace Shoestring.Survey.Tests;

public class WebAddressTests
{
    static readonly Uri page = new("http://course.example/a/b.html");

    [Theory]
    [InlineData(" c.pdf\n", "http://course.example/a/c.pdf")]
    [InlineData("../c.pdf#page=2", "http://course.example/c.pdf")]
    [InlineData("//other.example/c.pdf", "http://other.example/c.pdf")]
    [InlineData("..\\c.pdf?x=a\\b", "http://course.example/c.pdf?x=a\\b")]
    [InlineData("c\td.pdf", "http://course.example/a/cd.pdf")]
    [InlineData("HTTP://Course.Example:80/X.pdf", "http://course.example/X.pdf")]
    [InlineData("http://user:secret@course.example/c.pdf", "http://course.example/c.pdf")]
    [InlineData("http://course.example./c.pdf", "http://course.example/c.pdf")]
    [InlineData("é.pdf", "http://course.example/a/%C3%A9.pdf")]
    [InlineData("?page=2", "http://course.example/a/b.html?page=2")]
    public void A_link_is_made_absolute(string written, string expected) =>
        WebAddress.Resolve(page, written, out _)!.AbsoluteUri.ShouldBe(new Uri(expected).AbsoluteUri);

    [Theory]
    [InlineData("javascript:alert(1)", LinkFault.Scheme)]
    [InlineData("java\nscript:alert(1)", LinkFault.Scheme)]
    [InlineData("mailto:a@b.c", LinkFault.Scheme)]
    [InlineData("data:text/html,x", LinkFault.Scheme)]
    [InlineData("file:///etc/passwd", LinkFault.Scheme)]
    [InlineData("ftp://course.example/c.pdf", LinkFault.Scheme)]
    [InlineData("#top", LinkFault.Empty)]
    [InlineData("  ", LinkFault.Empty)]
    [InlineData("http://", LinkFault.Malformed)]
    [InlineData("http://a b/", LinkFault.Malformed)]
    public void What_is_no_address_of_the_web_is_none(string written, object fault)
    {
        WebAddress.Resolve(page, written, out LinkFault found).ShouldBeNull();
        found.ShouldBe((LinkFault)fault);
    }

    [Fact]
    public void An_endless_address_is_none()
    {
        WebAddress.Resolve(page, new string('a', 10_000), out LinkFault fault).ShouldBeNull();
        fault.ShouldBe(LinkFault.TooLong);
    }

    [Theory]
    [InlineData("http://x.example/a%7Eb?b=1&a=2", "https://x.example/a~b?a=2&b=1")]
    [InlineData("http://x.example/%c3%a9.pdf", "http://X.example/é.pdf")]
    [InlineData("https://arxiv.org/abs/2306.00978", "http://www.arxiv.org/pdf/2306.00978v2.pdf")]
    [InlineData("https://x.example/a?utm_source=1", "https://x.example/a")]
    public void Spellings_of_one_address_are_one(string one, string other)
    {
        static string Identity(string url) => WebAddress.Identity(PaperLinks.WithoutTracking(new Uri(url)));
        Identity(one).ShouldBe(Identity(other));
    }

    [Theory]
    [InlineData("http://x.example/a.pdf", "http://x.example/A.pdf")]
    [InlineData("http://x.example/a%2Fb", "http://x.example/a/b")]
    [InlineData("http://x.example:8080/a", "http://x.example/a")]
    public void Different_addresses_stay_different(string one, string other) =>
        WebAddress.Identity(new Uri(one)).ShouldNotBe(WebAddress.Identity(new Uri(other)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.1.2")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:1::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1%1")]
    [InlineData("ff02::1")]
    public void Addresses_inside_are_refused(string address) => AddressGuard.Refused(IPAddress.Parse(address)).ShouldNotBeNull();

    [Theory]
    [InlineData("93.184.215.14")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("11.0.0.1")]
    [InlineData("2606:2800:220:1::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("2002:808:808::")]
    public void Addresses_of_the_internet_are_not(string address) => AddressGuard.Refused(IPAddress.Parse(address)).ShouldBeNull();

    [Theory]
    [InlineData("http://localhost/")]
    [InlineData("http://x.localhost./")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    public void Hosts_written_to_mean_this_machine_are_seen_through(string url) => AddressGuard.RefusedLiterally(new Uri(url)).ShouldNotBeNull();
}
