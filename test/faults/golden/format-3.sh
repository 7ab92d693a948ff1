# What the transaction of format-3.lines leaves on a router, done by hand: "apply few edge", all written, on top of what was there.
set -e
cd /proc/sys/net/ipv4
eth2=$(cat conf/eth2/forwarding)
echo 1 > ip_forward
echo "$eth2" > conf/eth2/forwarding
echo 0 > conf/all/accept_redirects
ip address add 192.168.7.1/24 dev eth1
ip route add 10.8.8.8/32 dev eth1 src 192.168.7.1 proto 97
nft -f - << 'END'
table ip parp_edge {
	comment "parp edge e1b515ef19065417"
	chain about {
		iifname "eth0" return comment "parp edge e1b515ef19065417"
	}
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "eth0" ip daddr 203.0.113.10 dnat to 10.0.0.10
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "eth0" ip saddr 10.0.0.10 snat to 203.0.113.10
		oifname "eth0" ip saddr 10.0.0.0/24 snat to 203.0.113.9 comment "many to one"
	}
	chain input {
		type filter hook input priority filter; policy accept;
		ip daddr 203.0.113.9 drop
		ip daddr 203.0.113.10 drop
	}
}
END
echo 1 > conf/eth0/arp_ignore
ip route add local 203.0.113.9/32 dev lo scope host proto 97
ip route add local 203.0.113.10/32 dev lo scope host proto 97
ip neigh add proxy 10.8.8.8 dev eth0 protocol 97
echo 1 > conf/eth1/proxy_arp
